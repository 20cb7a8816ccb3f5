import { h, icon, updateChildren } from './dom.js';
import { languageButtons } from './language-buttons.js';
import { t, zoneName } from './language.js';
import { doing, say } from './notice.js';
import { place } from './place.js';
import { searchBox } from './search.js';
import { cart, session } from './store.js';

// The frame stands around every page: the head with the way to everything, and the foot.

export const leaving = { signingOut: false };

/** @param speak changes the page's language. */
export function drawHeader(speak) {
  const { path } = place();
  const count = cart.contents.items.length;
  const link = (to, look, text) =>
    h('a', { href: `#${to}`, 'aria-current': path === to && 'page' }, icon(look), text);
  document.getElementById('skip').textContent = t('skip');
  // The bar itself stays: in another one the search box would lose the focus.
  updateChildren(
    document.querySelector('#header > .bar'),
    h('a', { class: 'brand', href: '#/' }, h('img', { src: '/icon.svg', alt: '', width: 32, height: 32 }), t('shop')),
    h(
      'nav',
      { 'aria-label': t('menu') },
      link('/', 'products', t('nav.products')),
      link('/coupons', 'coupons', t('nav.coupons')),
      link('/cart', 'cart', [t('nav.cart'), count > 0 && [' ', h('span', { class: 'count' }, String(count))]]),
      link('/orders', 'orders', t('nav.orders')),
      link('/wallet', 'wallet', t('nav.wallet')),
    ),
    searchBox(),
    h('div', { class: 'who' }, languageButtons(speak), session.signedIn ? signedIn() : signedOut()),
  );
}

export function drawFooter() {
  updateChildren(
    document.getElementById('footer'),
    h(
      'div',
      { class: 'bar' },
      h('p', {}, t('footer.about'), ' ', t('footer.zone', { zone: zoneName() })),
      h(
        'ul',
        {},
        h('li', {}, h('a', { href: '#/account' }, t('account'))),
        h('li', {}, h('a', { href: '/docs' }, t('footer.api'))),
        h('li', {}, h('a', { href: '/ops' }, t('footer.operator'))),
      ),
    ),
  );
}

const signedIn = () => [
  h('a', { class: 'name', href: '#/account', title: t('account'), 'data-key': 'account' }, session.user.name),
  h(
    'button',
    { class: 'secondary', type: 'button', 'data-key': 'sign-out', onclick: signOut },
    icon('sign-out'),
    h('span', {}, t('sign-out')),
  ),
];

const signedOut = () => h('a', { class: 'button secondary', href: '#/sign-in', 'data-key': 'sign-in' }, t('sign-in'));

function signOut(event) {
  doing(event.currentTarget, async () => {
    leaving.signingOut = true;
    try {
      await session.signOut();
    } finally {
      leaving.signingOut = false;
    }
    say(t('goodbye'));
  });
}
