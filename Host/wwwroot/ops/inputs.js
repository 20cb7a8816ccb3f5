import { field, h } from '../js/dom.js';
import { t } from '../js/language.js';
import { instantOf, localText } from './zone.js';

// A control with the value that a request carries: `read` gives it, `write` shows it.

export const text = (attributes = {}) => valueOf(h('input', attributes), (typed) => typed.trim());

export const longText = (attributes = {}) => valueOf(h('textarea', { rows: 3, ...attributes }), (typed) => typed);

export const whole = (attributes = {}) =>
  valueOf(h('input', { type: 'number', step: 1, min: 0, inputmode: 'numeric', ...attributes }), Number, String);

/** A time of the shop's zone. */
export const moment = (attributes = {}) =>
  valueOf(h('input', { type: 'datetime-local', ...attributes }), instantOf, localText);

/** One of some names, each with its text. */
export const choice = (names, textOf, attributes = {}) =>
  valueOf(h('select', attributes, names.map((name) => h('option', { value: name }, textOf(name)))), (chosen) => chosen);

/** Numbers with blanks, commas or line ends between them. */
export const numbers = (attributes = {}) => {
  const control = h('textarea', { rows: 3, inputmode: 'numeric', ...attributes });
  return {
    control,
    read: () => control.value.split(/[\s,;]+/).filter(Boolean).map(Number),
    write: (value) => { control.value = (value ?? []).join(' '); },
  };
};

/** Several of some names, each with a box. */
export function boxes(names, textOf) {
  const all = names.map((name) => [name, h('input', { type: 'checkbox', value: name })]);
  const control = h('fieldset', { class: 'boxes', tabindex: -1 },
    all.map(([name, box]) => h('label', {}, box, ' ', textOf(name))));
  return {
    control,
    read: () => all.filter(([, box]) => box.checked).map(([name]) => name),
    write: (value) => all.forEach(([name, box]) => { box.checked = (value ?? []).includes(name); }),
  };
}

/** An input with its label; several boxes have a legend. */
export function labelled({ label, control, hint }) {
  if (control.localName !== 'fieldset') return field(label, control, hint);
  const { lastChild: error } = field(label, h('input'));
  control.id = error.id.replace(/-error$/, '');
  control.prepend(h('legend', {}, label));
  control.append(error);
  return control;
}

function valueOf(control, read, show = (value) => value) {
  return {
    control,
    read: () => (control.value.trim() === '' ? null : read(control.value)),
    write: (value) => { control.value = value === null || value === undefined ? '' : show(value); },
  };
}

export const money = (attributes = {}) => whole({ max: 1_000_000_000, ...attributes });

export const statusBadge = (status, textOf = (name) => t(`status.${name}`)) =>
  h('span', { class: `badge ${status.toLowerCase()}` }, textOf(status));
