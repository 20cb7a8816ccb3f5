import './words.js';
import { field, h, placeOfFocus, updateChildren } from '../js/dom.js';
import { showEarlier } from '../js/earlier.js';
import { language, languages, sentence, speak, t } from '../js/language.js';
import { doing, form, say, sayProblem } from '../js/notice.js';
import { activityView } from './activity.js';
import { auditView } from './audit.js';
import { couponsView } from './coupons.js';
import { lettersView } from './letters.js';
import { liveView } from './live.js';
import { ordersView } from './orders.js';
import { overviewView } from './overview.js';
import { productsView } from './products.js';
import { intents, session } from './store.js';

// A page is for whoever may read what it shows. The shop has the last word on each request.
const pages = {
  '/': { title: 'ops.overview', view: overviewView, needs: 'orders:read' },
  '/live': { title: 'ops.live', view: liveView, needs: 'operations:read' },
  '/letters': { title: 'ops.letters', view: lettersView, needs: 'operations:read' },
  '/audit': { title: 'ops.audit', view: auditView, needs: 'operations:read' },
  '/orders': { title: 'ops.orders', view: ordersView, needs: 'orders:read' },
  '/products': { title: 'ops.products', view: productsView, needs: 'catalog:write' },
  '/coupons': { title: 'ops.coupons', view: couponsView, needs: 'coupons:write' },
  '/activity': { title: 'ops.activity', view: activityView, needs: 'activity:read' },
};

/** The pages that the signed-in user may open. */
const pagesOfUser = () =>
  Object.entries(pages).filter(([, { needs }]) => session.user?.permissions?.includes(needs));

/** The path and the page that the address asks for, else the first that there is for the user. */
function wanted() {
  const own = pagesOfUser();
  const path = location.hash.slice(1) || '/';
  return own.find(([known]) => known === path) ?? own[0] ?? ['/', pages['/']];
}

const main = document.getElementById('main');
let leaving = new AbortController();
let wasSignedIn = session.signedIn;
let signingOut = false;
const earlier = showEarlier(intents, linkOf);

async function show({ focus = true } = {}) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const [path, page] = wanted();
  document.title = `${t(page.title)} · ${t('ops')} · ${t('shop')}`;
  drawHeader(path);
  askWhatBecame();
  main.setAttribute('aria-busy', 'true');
  let content;
  try {
    content = await contentOf(page, signal);
  } catch (problem) {
    if (problem.code === undefined && !signal.aborted) console.error(problem);
    content = h(
      'div',
      { class: 'page' },
      h('h1', { tabindex: -1 }, t(page.title)),
      h('p', { role: 'alert' }, sentence(problem)),
      h('button', { type: 'button', onclick: () => show() }, t('retry')),
    );
  }
  if (signal.aborted) return;
  const focused = focus ? undefined : placeOfFocus(main);
  main.replaceChildren(content);
  main.removeAttribute('aria-busy');
  focused?.();
  if (focus) (main.querySelector('[autofocus]') ?? main.querySelector('h1'))?.focus({ preventScroll: true });
}

function contentOf(page, signal) {
  if (!session.signedIn) return signInView();
  if (pagesOfUser().length === 0) return customerView();
  return page.view({ signal, again: () => show({ focus: false }) });
}

function signInView() {
  const email = h('input', { type: 'email', autocomplete: 'username', required: true, autofocus: true });
  const password = h('input', { type: 'password', autocomplete: 'current-password', required: true });
  const submit = h('button', {}, t('sign-in'));
  const signIn = form({ email, password }, submit, () => session.signIn(email.value, password.value));
  signIn.append(field(t('email'), email), field(t('password'), password), submit);
  return h(
    'div',
    { class: 'page narrow' },
    h('h1', { tabindex: -1 }, t('ops.sign-in')),
    signIn,
    h('a', { href: '/' }, t('ops.storefront')),
  );
}

const customerView = () =>
  h(
    'div',
    { class: 'page narrow' },
    h('h1', { tabindex: -1 }, t('ops')),
    h('p', { role: 'alert' }, t('ops.customer', { name: session.user.name })),
    h('button', { type: 'button', onclick: signOut }, t('sign-out')),
    h('a', { href: '/' }, t('ops.storefront')),
  );

function drawHeader(current) {
  const own = pagesOfUser();
  document.getElementById('skip').textContent = t('skip');
  updateChildren(
    document.getElementById('header'),
    h(
      'div',
      { class: 'bar' },
      h('a', { class: 'brand', href: '#/' }, `${t('shop')} ${t('ops')}`),
      own.length > 0 &&
        h(
          'nav',
          { 'aria-label': t('menu') },
          own.map(([path, page]) =>
            h('a', { href: `#${path}`, 'aria-current': path === current && 'page' }, t(page.title)),
          ),
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
        session.signedIn && [
          h('span', { class: 'name' }, session.user.name),
          h('button', { class: 'secondary', type: 'button', 'data-key': 'sign-out', onclick: signOut }, t('sign-out')),
        ],
      ),
    ),
  );
}

function changeLanguage(tag) {
  speak(tag);
  earlier.draw();
  show();
}

// Changes nothing in the shop, so it is done whenever somebody may be about to decide on what they think happened.
const askWhatBecame = () => intents.check().catch(sayProblem);

/** Where it can be seen what an intent did. */
function linkOf({ kind }) {
  if (kind === 'letter' || kind === 'letters') return { href: '#/letters', text: t('letters') };
  if (kind === 'campaign') return { href: '#/coupons', text: t('ops.coupons') };
  return { href: '#/products', text: t('ops.products') };
}

function signOut(event) {
  doing(event.currentTarget, async () => {
    signingOut = true;
    try {
      await session.signOut();
    } finally {
      signingOut = false;
    }
  });
}

document.getElementById('skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener('hashchange', () => show());
session.addEventListener('change', ({ detail: { elsewhere } }) => {
  if (wasSignedIn && !session.signedIn && !signingOut)
    say(t(elsewhere ? 'goodbye' : 'session-over'), { error: !elsewhere });
  earlier.draw();
  wasSignedIn = session.signedIn;
  show();
});
addEventListener('online', askWhatBecame);
earlier.draw();
show({ focus: false });
