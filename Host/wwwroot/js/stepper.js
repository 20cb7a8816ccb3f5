import { h, icon } from './dom.js';
import { t } from './language.js';

/** A quantity with a button for one less and one more; typing it works too. */
export function stepper(input) {
  const step = (by, look, text) => h('button', { type: 'button', 'aria-label': t(text), onclick: () => {
    const value = Number.isNaN(input.valueAsNumber) ? Number(input.min) : input.valueAsNumber + by;
    input.value = String(Math.min(Number(input.max), Math.max(Number(input.min), value)));
    input.dispatchEvent(new Event('input', { bubbles: true }));
  } }, icon(look));
  return h('div', { class: 'stepper' }, step(-1, 'minus', 'one-less'), input, step(1, 'plus', 'one-more'));
}
