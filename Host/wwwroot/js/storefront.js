import { h, placeOfFocus, updateChildren } from './dom.js';
import { showEarlier } from './earlier.js';
import { language, languages, sentence, speak, t } from './language.js';
import * as line from './line.js';
import { doing, say, sayProblem } from './notice.js';
import { cart, intents, session } from './store.js';
import { cartView } from './views/cart.js';
import { couponsView } from './views/coupons.js';
import { ordersView } from './views/orders.js';
import { productView } from './views/product.js';
import { productsView } from './views/products.js';
import { signInView, signUpView } from './views/sign-in.js';
import { walletView } from './views/wallet.js';

// Addresses are behind the #, so that the server has one page to serve. What needs a signed-in user says so.
const pages = [
  { path: /^\/$/, title: 'products', view: productsView },
  { path: /^\/products\/(\d+)$/, title: 'products', view: productView },
  { path: /^\/coupons$/, title: 'coupons', view: couponsView },
  { path: /^\/cart$/, title: 'cart', view: cartView, mine: true },
  { path: /^\/orders$/, title: 'orders', view: ordersView, mine: true },
  { path: /^\/wallet$/, title: 'wallet', view: walletView, mine: true },
  { path: /^\/sign-in$/, title: 'sign-in', view: signInView },
  { path: /^\/sign-up$/, title: 'sign-up', view: signUpView },
];

const main = document.getElementById('main');
let leaving = new AbortController();
let before = session.user?.userId;
let signingOut = false;
const earlier = showEarlier(intents, linkOf);

function place() {
  const [path, query] = (location.hash.slice(1) || '/').split('?');
  return { path, query: new URLSearchParams(query) };
}

async function show({ focus = true } = {}) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { path, query } = place();
  const page = pages.find((candidate) => candidate.path.test(path));
  if (page?.mine && !session.signedIn) {
    say(t('sign-in.first'));
    location.replace(`#/sign-in?then=${encodeURIComponent(path)}`);
    return;
  }

  document.title = `${t(page?.title ?? 'nothing-here')} · ${t('shop')}`;
  drawHeader();
  askWhatBecame();
  main.setAttribute('aria-busy', 'true');
  try {
    const content = page
      ? await page.view({ signal, query, parameter: path.match(page.path)[1], again: () => show({ focus: false }) })
      : nothingHere();
    if (signal.aborted) return;
    const focused = focus ? undefined : placeOfFocus(main);
    main.replaceChildren(content);
    focused?.();
  } catch (problem) {
    if (signal.aborted) return;
    main.replaceChildren(
      h(
        'div',
        { class: 'page' },
        h('h1', { tabindex: -1 }, t(page.title)),
        h('p', { role: 'alert' }, sentence(problem)),
        h('button', { type: 'button', onclick: () => show() }, t('retry')),
      ),
    );
    if (problem.code === undefined) console.error(problem);
  }
  main.removeAttribute('aria-busy');
  if (focus) {
    scrollTo(0, 0);
    (main.querySelector('[autofocus]') ?? main.querySelector('h1'))?.focus({ preventScroll: true });
  }
}

const nothingHere = () =>
  h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: -1 }, t('nothing-here')),
    h('a', { href: '#/' }, t('to-the-products')),
  );

function drawHeader() {
  const { path } = place();
  const count = cart.contents.items.length;
  const link = (to, text, attributes = {}) =>
    h('a', { href: `#${to}`, 'aria-current': path === to && 'page', ...attributes }, text);
  document.getElementById('skip').textContent = t('skip');
  updateChildren(
    document.getElementById('header'),
    h(
      'div',
      { class: 'bar' },
      h('a', { class: 'brand', href: '#/' }, t('shop')),
      h(
        'nav',
        { 'aria-label': t('menu') },
        link('/', t('nav.products')),
        link('/coupons', t('nav.coupons')),
        link(
          '/cart',
          [t('nav.cart'), count > 0 && h('span', { class: 'count', 'aria-hidden': 'true' }, String(count))],
          count > 0 ? { 'aria-label': t('nav.cart-count', { count }) } : {},
        ),
        link('/orders', t('nav.orders')),
        link('/wallet', t('nav.wallet')),
      ),
      h(
        'div',
        { class: 'who' },
        Object.entries(languages)
          .filter(([tag]) => tag !== language())
          .map(([tag, name]) =>
            h(
              'button',
              { class: 'quiet', type: 'button', lang: tag, 'data-key': tag, onclick: () => changeLanguage(tag) },
              name,
            ),
          ),
        session.signedIn
          ? [
              h('span', { class: 'name' }, session.user.name),
              h(
                'button',
                { class: 'secondary', type: 'button', 'data-key': 'sign-out', onclick: signOut },
                t('sign-out'),
              ),
            ]
          : h('a', { class: 'button', href: '#/sign-in' }, t('sign-in')),
      ),
    ),
  );
}

function changeLanguage(tag) {
  speak(tag);
  line.draw();
  earlier.draw();
  show();
}

function signOut(event) {
  doing(event.currentTarget, async () => {
    signingOut = true;
    try {
      await session.signOut();
    } finally {
      signingOut = false;
    }
    say(t('goodbye'));
  });
}

function signedInOrOut({ detail: { elsewhere } }) {
  const now = session.user?.userId;
  if (before !== undefined && now !== before) {
    line.leaveAll();
    if (now === undefined && !signingOut) say(t(elsewhere ? 'goodbye' : 'session-over'), { error: !elsewhere });
    if (location.hash === '#/' || location.hash === '') show();
    else location.hash = '#/';
  } else if (elsewhere) show({ focus: false });
  before = now;
  earlier.draw();
  loadCart();
}

const loadCart = () => cart.load().catch(sayProblem);

// Changes nothing in the shop, so it is done whenever somebody may be about to decide on what they think happened.
const askWhatBecame = () => intents.check().catch(sayProblem);

/** Where it can be seen what an intent did. */
function linkOf({ kind, what }, orderId) {
  if (kind === 'purchase') return { href: `#/orders?of=${orderId}`, text: t('to-the-order') };
  if (kind === 'payment' || kind === 'cancel') return { href: `#/orders?of=${what.orderId}`, text: t('to-the-order') };
  if (kind === 'charge') return { href: '#/wallet', text: t('to-the-wallet') };
  if (kind === 'cart') return { href: '#/cart', text: t('to-the-cart') };
  return { href: '#/coupons', text: t('to-the-coupons') };
}

document.getElementById('skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener('hashchange', () => show());
session.addEventListener('change', signedInOrOut);
cart.addEventListener('change', () => {
  drawHeader();
  askWhatBecame();
});
intents.addEventListener('outcome', ({ detail: { intent, outcome, answer } }) => {
  if (outcome !== 'DONE') return;
  if (intent.kind === 'line') line.watch(answer, intent.what.name);
  loadCart();
});
addEventListener('online', askWhatBecame);
line.resume();
earlier.draw();
loadCart();
show({ focus: false });
