import { h, icon } from './dom.js';
import { t } from './language.js';

/**
 * A quantity with a button for one less and one more; typing it works too.
 *
 * @param less names the button for one less, `more` that for one more.
 */
export function stepper(input, { less = t('one-less'), more = t('one-more') } = {}) {
  const step = (by, look, label) => h('button', { type: 'button', 'aria-label': label, onclick: () => {
    const value = Number.isNaN(input.valueAsNumber) ? Number(input.min) : input.valueAsNumber + by;
    input.value = String(Math.min(Number(input.max), Math.max(Number(input.min), value)));
    input.dispatchEvent(new Event('input', { bubbles: true }));
  } }, icon(look));
  return h('div', { class: 'stepper' }, step(-1, 'minus', less), input, step(1, 'plus', more));
}
