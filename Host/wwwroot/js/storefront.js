import { sayRefused } from './cart-refusals.js';
import { h, placeOfFocus } from './dom.js';
import { showEarlier } from './earlier.js';
import { drawFooter, drawHeader, leaving as leavingUser } from './frame.js';
import { sentence, speak, t } from './language.js';
import * as line from './line.js';
import { nothing } from './empty-state.js';
import { say, sayProblem } from './notice.js';
import { keep, kept, place } from './place.js';
import { cart, intents, session } from './store.js';
import { accountView } from './views/account.js';
import { cartView } from './views/cart.js';
import { couponsView } from './views/coupons.js';
import { orderView } from './views/order.js';
import { ordersView } from './views/orders.js';
import { productView } from './views/product.js';
import { productsView } from './views/products.js';
import { signInView, signUpView } from './views/sign-in.js';
import { walletView } from './views/wallet.js';

// A page that needs a signed-in user is `mine`.
const pages = [
  { path: /^\/$/, title: 'products', view: productsView },
  { path: /^\/products\/(\d+)$/, title: 'products', view: productView },
  { path: /^\/coupons$/, title: 'coupons', view: couponsView },
  { path: /^\/cart$/, title: 'cart', view: cartView },
  { path: /^\/orders$/, title: 'orders', view: ordersView, mine: true },
  { path: /^\/orders\/([0-9a-f-]{36})$/, title: 'order', view: orderView, mine: true },
  { path: /^\/account$/, title: 'account', view: accountView, mine: true },
  { path: /^\/wallet$/, title: 'wallet', view: walletView, mine: true },
  { path: /^\/sign-in$/, title: 'sign-in', view: signInView },
  { path: /^\/sign-up$/, title: 'sign-up', view: signUpView },
];

const main = document.getElementById('main');
let leaving = new AbortController();
let before = session.user?.userId;
const earlier = showEarlier(intents, linkOf);

async function show({ focus = true } = {}) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { path, query } = place();
  const { y = 0 } = kept();
  const page = pageOf(path);
  if (page?.mine && !session.signedIn) {
    say(t('sign-in.first'));
    signInFirst();
    return;
  }

  document.title = `${t(page?.title ?? 'nothing-here')} · ${t('shop')}`;
  drawHeader(changeLanguage);
  drawFooter();
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
    scrollTo(0, y);
    keep({ y });
    (main.querySelector('[autofocus]') ?? main.querySelector('h1'))?.focus({ preventScroll: true });
  }
}

const pageOf = (path) => pages.find((candidate) => candidate.path.test(path));

// The sign-in comes back to the whole address, such as a top-up's on the way back from the payment provider.
const signInFirst = () => location.replace(`#/sign-in?${new URLSearchParams({ then: place().address })}`);

const nothingHere = () =>
  h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: -1 }, t('nothing-here')),
    nothing('nothing', t('nothing-here.text'), { href: '#/', text: t('to-the-products'), class: 'button' }),
  );

function changeLanguage(tag) {
  speak(tag);
  line.draw();
  earlier.draw();
  show();
}

function signedInOrOut({ detail: { elsewhere } }) {
  const now = session.user?.userId;
  if (before !== undefined && now !== before) {
    line.leaveAll();
    const isOver = now === undefined && !elsewhere && !leavingUser.signingOut;
    if (now === undefined && !leavingUser.signingOut)
      say(t(elsewhere ? 'goodbye' : 'session-over'), { error: !elsewhere });
    if (isOver && pageOf(place().path)?.mine) signInFirst();
    else if (location.hash === '#/' || location.hash === '') show();
    else location.hash = '#/';
  } else if (elsewhere) show({ focus: false });
  if (now !== undefined && now !== before) resumeLines();
  before = now;
  earlier.draw();
  loadCart();
}

const resumeLines = () => line.resume().catch(sayProblem);

const loadCart = () => cart.load().catch(sayProblem);

// The look-up of an earlier command changes nothing: it runs before each decision that may rest on its outcome.
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
  drawHeader(changeLanguage);
  askWhatBecame();
});
cart.addEventListener('refused', ({ detail }) =>
  sayRefused(detail.map(({ line: { name }, problem }) => ({ name, problem }))));
intents.addEventListener('outcome', ({ detail: { intent, outcome, answer } }) => {
  if (outcome !== 'DONE') return;
  if (intent.kind === 'line') line.watch(answer, intent.what.name);
  loadCart();
});
addEventListener('online', askWhatBecame);
resumeLines();
earlier.draw();
loadCart();
await show({ focus: false });
document.getElementById('fonts').disabled = false;
