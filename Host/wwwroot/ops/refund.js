import { field, h } from '../js/dom.js';
import { number, t, won } from '../js/language.js';
import { say } from '../js/notice.js';
import { numberOf } from '../js/order-number.js';
import { stepper } from '../js/stepper.js';
import { form } from './form.js';
import { intents } from './store.js';

const reasons = ['damaged', 'missing', 'mind', 'late'];

/** Refunds pieces of a paid order: how many of each line, why, and whether they are sold again. */
export function refundForm(order, again) {
  const lines = order.items.filter((item) => item.quantity > item.refundedQuantity).map(lineOf);
  const reason = h('input', { required: true, maxlength: 500, list: 'refund-reasons' });
  const restock = h('input', { type: 'checkbox', checked: true });
  const submit = h('button', { class: 'secondary' }, t('ops.refund'));
  const wanted = () => lines.filter(({ quantity }) => quantity.valueAsNumber > 0);

  function redraw() {
    const amount = wanted().reduce((sum, { item, quantity }) => sum + amountOf(item, quantity.valueAsNumber), 0);
    submit.classList.toggle('secondary', wanted().length === 0);
    submit.textContent = wanted().length === 0 ? t('ops.refund') : t('ops.refund-amount', { amount: won(amount) });
  }

  const refund = form({ reason }, submit, async () => {
    if (wanted().length === 0) {
      say(t('ops.refund-nothing'), { error: true });
      lines[0].quantity.focus();
      return;
    }
    const items = wanted().map(({ item, quantity }) =>
      ({ productId: item.productId, quantity: quantity.valueAsNumber }));
    try {
      const { answer } = await intents.act('refund', { number: numberOf(order.orderId) },
        `/orders/${order.orderId}/refunds`, { items, restock: restock.checked, reason: reason.value });
      say(t('ops.refund-done', { amount: won(answer.amount) }));
      await again();
    } catch (problem) {
      // Another refund was faster: the pieces that are left are shown.
      if (problem.status === 409) await again();
      throw problem;
    }
  }, { class: 'panel', id: 'refund' });
  refund.addEventListener('input', redraw);
  refund.append(
    h('h2', {}, t('ops.refund')),
    h('ul', { class: 'lines-of' }, lines.map(({ item, quantity, left }) => h('li', {},
      h('div', {}, item.name, h('p', { class: 'hint' }, t('ops.refundable', { count: number(left) }))),
      stepper(quantity, { less: t('ops.one-less', item), more: t('ops.one-more', item) })))),
    field(t('admin.reason'), reason),
    h('datalist', { id: 'refund-reasons' }, reasons.map((name) => h('option', { value: t(`ops.because-${name}`) }))),
    h('label', { class: 'check' }, restock, ' ', t('ops.restock')),
    h('div', { class: 'actions' }, submit));
  return refund;
}

function lineOf(item) {
  const left = item.quantity - item.refundedQuantity;
  const quantity = h('input', { type: 'number', min: 0, max: left, step: 1, required: true, value: '0',
    inputmode: 'numeric', 'aria-label': t('ops.refund-pieces', { name: item.name }) });
  return { item, left, quantity };
}

// The amount is computed as the shop does, to be shown before the shop is asked. The shop's own counts.
function amountOf({ amount, discountAmount, quantity, refundedQuantity }, pieces) {
  const net = amount - (discountAmount ?? 0);
  const upTo = (count) => Math.floor(net * count / quantity);
  return upTo(refundedQuantity + pieces) - upTo(refundedQuantity);
}
