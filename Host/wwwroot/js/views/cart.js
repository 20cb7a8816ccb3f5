import { h } from '../dom.js';
import { t } from '../language.js';
import { nothing } from '../empty-state.js';
import { ask, doing } from '../notice.js';
import { cart, intents } from '../store.js';
import { cartLine } from './cart-line.js';
import { cartSummary } from './cart-summary.js';

export async function cartView({ signal, again }) {
  const lines = new Map();
  const summary = cartSummary({ signal, unsaved, lock });
  await cart.load(signal);
  await summary.load();
  const page = h('div', { class: 'page' }, h('h1', { tabindex: -1 }, t('cart')));
  if (cart.contents.items.length === 0) {
    page.append(nothing('cart', t('cart.empty'), { href: '#/', text: t('to-the-products'), class: 'button' }));
    return page;
  }

  const list = h('ul', { class: 'lines' });
  const clear = h('button', { class: 'quiet', type: 'button', onclick: () => doing(clear, async () => {
    if (await ask(t('cart.clear'), undefined, {}) !== undefined) await cart.clear();
  }) }, t('cart.clear'));
  const left = h('div', {}, list, clear);

  /** The reason why the cart can't be bought: a quantity that is `saving`, or one that can't be saved (`wrong`). */
  function unsaved() {
    const states = [...lines.values()].map((line) => line.state);
    return states.includes('wrong') ? 'wrong' : cart.changing > 0 || states.includes('saving') ? 'saving' : undefined;
  }

  // The lines do not change while they are being bought.
  function lock(locked) {
    left.inert = locked;
  }

  // In place: the focus, what is being typed, and the chosen coupon stay.
  function draw() {
    const items = new Map(cart.contents.items.map((item) => [item.productId, item]));
    for (const [productId, line] of lines) {
      if (items.has(productId)) continue;
      const focused = line.element.contains(document.activeElement);
      line.element.remove();
      lines.delete(productId);
      if (focused) page.querySelector('h1').focus();
    }

    for (const [productId, item] of items) {
      const line = lines.get(productId);
      if (line) line.update(item);
      else {
        lines.set(productId, cartLine(item, summary.draw));
        list.append(lines.get(productId).element);
      }
    }

    summary.draw();
  }

  draw();
  cart.addEventListener('change', () => {
    if (left.inert) return;
    if (cart.contents.items.length === 0) again();
    else {
      draw();
      summary.changed();
    }
  }, { signal });
  cart.addEventListener('changing', summary.draw, { signal });
  // The outcome of an earlier order changes the cart, and so the page.
  intents.addEventListener('outcome', () => { if (!left.inert) cart.load(signal).catch(() => undefined); }, { signal });
  page.append(h('div', { class: 'cart' }, left, summary.element));
  return page;
}
