import './words.js';
import { h, icon, placeOfFocus, updateChildren } from '../js/dom.js';
import { showEarlier } from '../js/earlier.js';
import { languageButtons } from '../js/language-buttons.js';
import { sentence, speak, t, zoneName } from '../js/language.js';
import { doing, say, sayProblem } from '../js/notice.js';
import { signInForm } from '../js/sign-in-form.js';
import { activityView } from './activity.js';
import { address } from './address.js';
import { auditView } from './audit.js';
import { couponView } from './coupon.js';
import { couponsView } from './coupons.js';
import { customerView } from './customer.js';
import { customersView } from './customers.js';
import { keysView } from './keys.js';
import { lettersView } from './letters.js';
import { liveView } from './live.js';
import { orderView } from './order.js';
import { ordersView } from './orders.js';
import { overviewView } from './overview.js';
import { productView } from './product.js';
import { productsView } from './products.js';
import { intents, may, session } from './store.js';
import { webhookView } from './webhook.js';
import { webhooksView } from './webhooks.js';

// A page needs the permission to read what it shows. `one` is the page of a single thing, whose id is in the address;
// a page that stands `apart` begins a group.
const pages = {
  '/': { title: 'ops.overview', look: 'overview', view: overviewView, needs: 'orders:read' },
  '/orders': { title: 'ops.orders', look: 'orders', view: ordersView, one: orderView, needs: 'orders:read' },
  '/customers': {
    title: 'ops.customers', look: 'customers', view: customersView, one: customerView, needs: 'users:read',
  },
  '/products': {
    title: 'ops.products', look: 'products', view: productsView, one: productView, needs: 'catalog:write',
  },
  '/coupons': { title: 'ops.coupons', look: 'coupons', view: couponsView, one: couponView, needs: 'coupons:write' },
  '/live': { title: 'ops.live', look: 'live', view: liveView, needs: 'operations:read', apart: true },
  '/letters': { title: 'ops.letters', look: 'letters', view: lettersView, needs: 'operations:read' },
  '/webhooks': {
    title: 'ops.webhooks', look: 'webhooks', view: webhooksView, one: webhookView, needs: 'operations:write',
  },
  '/audit': { title: 'ops.audit', look: 'audit', view: auditView, needs: 'operations:read' },
  '/keys': { title: 'ops.keys', look: 'key', view: keysView, needs: 'api-keys:write', apart: true },
  '/activity': { title: 'ops.activity', look: 'activity', view: activityView, needs: 'activity:read' },
};

/** The pages that the signed-in user may open. */
const pagesOfUser = () => Object.entries(pages).filter(([, { needs }]) => may(needs));

/** The path and the page that the address asks for, else the first that there is for the user. */
function wanted() {
  const own = pagesOfUser();
  const { page } = address();
  return own.find(([known]) => known === page) ?? own[0] ?? ['/', pages['/']];
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
  if (pagesOfUser().length === 0) return notForCustomers();
  const { id } = address();
  const context = { signal, again: () => show({ focus: false }) };
  return page.one && id ? page.one({ ...context, id }) : page.view(context);
}

const signInView = () =>
  h(
    'div',
    { class: 'page narrow' },
    h('h1', { tabindex: -1 }, t('ops.sign-in')),
    signInForm((email, password) => session.signIn(email, password)),
    h('a', { href: '/' }, t('ops.storefront')),
  );

const notForCustomers = () =>
  h(
    'div',
    { class: 'page narrow' },
    h('h1', { tabindex: -1 }, t('ops')),
    h('p', { role: 'alert' }, t('ops.customer', { name: session.user.name })),
    h('button', { type: 'button', onclick: signOut }, t('sign-out')),
    h('a', { href: '/' }, t('ops.storefront')),
  );

// The pages are behind a button on a phone.
let menuOpen = false;

function drawHeader(current) {
  const own = pagesOfUser();
  const menu = h('button', { class: 'secondary menu', type: 'button', 'aria-expanded': String(menuOpen),
    'aria-controls': 'pages', 'data-key': 'menu', onclick: toggleMenu }, icon('menu'), t('ops.menu'));
  const link = ([path, page]) =>
    h('a', { href: `#${path}`, class: page.apart && 'apart', 'aria-current': path === current && 'page' },
      icon(page.look), t(page.title));
  document.getElementById('skip').textContent = t('skip');
  updateChildren(
    document.getElementById('header'),
    h('div', { class: menuOpen ? 'bar open' : 'bar' },
      h('a', { class: 'brand', href: '#/' }, h('img', { src: '/icon.svg', alt: '', width: 32, height: 32 }),
        `${t('shop')} ${t('ops')}`),
      own.length > 0 && [menu, h('nav', { id: 'pages', 'aria-label': t('menu') }, own.map(link))],
      h('div', { class: 'who' }, languageButtons(changeLanguage), session.signedIn && [
        h('span', { class: 'name' }, session.user.name),
        h('button', { class: 'secondary', type: 'button', 'data-key': 'sign-out', onclick: signOut },
          icon('sign-out'), t('sign-out')),
      ]),
      h('p', { class: 'hint' }, t('ops.zone', { zone: zoneName() }))),
  );
}

function toggleMenu() {
  menuOpen = !menuOpen;
  drawHeader(wanted()[0]);
}

function changeLanguage(tag) {
  speak(tag);
  earlier.draw();
  show();
}

// The look-up of an earlier command changes nothing: it runs before each decision that may rest on its outcome.
const askWhatBecame = () => intents.check().catch(sayProblem);

// The page on which an intent's effect can be seen, where it is not the one of products.
const pageOfKind = {
  letter: '/letters', letters: '/letters', campaign: '/coupons', codes: '/coupons', grant: '/coupons',
  refund: '/orders', cancel: '/orders', fulfilment: '/orders', adjustment: '/customers', revocation: '/customers',
  reset: '/customers', webhook: '/webhooks', secret: '/webhooks', trial: '/webhooks', key: '/keys',
};

/** Where it can be seen what an intent did. */
function linkOf({ kind, path }) {
  const page = pageOfKind[kind] ?? '/products';
  const [, id] = path.match(/^\/(?:admin\/)?(?:orders|users)\/([^/]+)\//) ?? [];
  return { href: id ? `#${page}/${id}` : `#${page}`, text: t(pages[page].title) };
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
addEventListener('hashchange', () => {
  menuOpen = false;
  // A question is of the page that is left; a secret is there until somebody has kept it.
  for (const dialog of document.querySelectorAll('dialog:not([data-stays])')) dialog.close();
  scrollTo(0, 0);
  show();
});
session.addEventListener('change', ({ detail: { elsewhere } }) => {
  if (wasSignedIn && !session.signedIn && !signingOut)
    say(t(elsewhere ? 'goodbye' : 'session-over'), { error: !elsewhere });
  earlier.draw();
  wasSignedIn = session.signedIn;
  show();
});
addEventListener('online', askWhatBecame);
earlier.draw();
await show({ focus: false });
document.getElementById('fonts').disabled = false;
