import { h, icon, wrong } from '../dom.js';
import { lateTile } from '../goods.js';
import { named, number, sentence, t, won } from '../language.js';
import { doing } from '../notice.js';
import { stepper } from '../stepper.js';
import { cart } from '../store.js';

const most = 1000;
const pauseBeforeSaving = 400;

let ids = 0;

/**
 * A line of the cart. A quantity is saved shortly after it was typed; until it is, `state` is `saving`, or `wrong`
 * where it can't be.
 *
 * @param changed is called when `state` may have changed.
 */
export function cartLine(item, changed) {
  let saved = item.quantity;
  let saving = false;
  let failed = false;
  let typing;
  const { productId } = item;
  const name = named(item.name);
  const id = `quantity-${++ids}`;
  const price = h('span', { class: 'hint' });
  const amount = h('strong', {});
  const reason = h('p', { class: 'field-error' });
  const error = h('p', { class: 'field-error', id: `${id}-error`, role: 'alert', hidden: true });
  const retry = h('button', { class: 'secondary', type: 'button', hidden: true,
    onclick: () => doing(retry, save) }, t('retry'));
  const quantity = h('input', {
    id, type: 'number', min: 1, max: most, step: 1, value: String(saved), required: true, inputmode: 'numeric',
    'aria-label': t('cart.quantity-named', { name }), 'aria-describedby': `${id}-error`,
    oninput: typed,
    onchange: () => save(),
  });
  const remove = h('button', { class: 'quiet', type: 'button', 'aria-label': t('cart.remove-named', { name }),
    onclick: () => doing(remove, () => cart.set(productId, 0)) }, icon('remove'));
  const element = h('li', {},
    lateTile(item), h('div', { class: 'what' }, h('a', { href: `#/products/${productId}` }, name), price),
    stepper(quantity), amount, remove, reason, error, retry);

  function typed() {
    fail(undefined);
    clearTimeout(typing);
    typing = setTimeout(save, pauseBeforeSaving);
    changed();
  }

  async function save() {
    clearTimeout(typing);
    if (saving) return;
    saving = true;
    fail(undefined);
    try {
      // A quantity that is typed while another is saved is the next to be saved.
      while (quantity.validity.valid && quantity.valueAsNumber !== saved) {
        const wanted = quantity.valueAsNumber;
        await cart.set(productId, wanted);
        saved = wanted;
      }
      if (!quantity.validity.valid) fail(t('cart.whole', { most }));
    } catch (problem) {
      // A refused quantity is taken back; one that got no answer may be tried again.
      const refused = problem.status >= 400 && problem.status < 500;
      if (refused) quantity.value = String(saved);
      const [shortage] = problem.members?.shortages ?? [];
      fail(shortage ? t('cart.short', { available: number(shortage.available) })
        : t('cart.not-saved', { reason: sentence(problem) }), { again: !refused });
    } finally {
      saving = false;
      changed();
    }
  }

  function fail(message, { again = false } = {}) {
    failed = again;
    retry.hidden = !again;
    wrong(quantity, message);
  }

  /** The line as the shop has it now. A quantity that is being typed stays. */
  function update(now) {
    const untouched = quantity.valueAsNumber === saved;
    saved = now.quantity;
    if (untouched) quantity.value = String(saved);
    price.textContent = won(now.price);
    amount.textContent = won(now.price * now.quantity);
    reason.textContent = reasonOf(now) ?? '';
    reason.hidden = reason.textContent === '';
  }

  update(item);
  return {
    element,
    update,
    get state() {
      if (!quantity.validity.valid || failed) return 'wrong';
      return quantity.valueAsNumber !== saved ? 'saving' : undefined;
    },
  };
}

function reasonOf({ reason, available, quantity }) {
  if (available === 0 && reason === 'OUT_OF_STOCK') return t('product.sold-out');
  if (reason === 'NOT_FOR_SALE' || reason === 'LIMIT') return t(`cart.${reason}`);
  return available < quantity ? t('cart.short', { available: number(available) }) : undefined;
}
