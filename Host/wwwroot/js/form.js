import { h, wrong } from './dom.js';
import { find, language, sentence, t } from './language.js';
import { doing } from './notice.js';

/** The fields that a refusal is about by its code, the first that a form has. */
export const fieldsOfRefusals = {
  'identity.email_taken': ['email'],
  'identity.invalid_credentials': ['currentPassword', 'password'],
  'identity.has_balance': ['forfeit'],
  'wallet.below_minimum_charge': ['amount'],
  'wallet.maximum_balance_exceeded': ['amount'],
  'wallet.daily_limit_exceeded': ['amount'],
  'coupons.code_not_found': ['code'],
  'coupons.code_used': ['code'],
  'catalog.out_of_stock': ['quantity'],
};

/** The faults of a form's fields, in the page's language: the shop's own messages are English. */
function faultsOf(problem, fields) {
  const name = fieldsOfRefusals[problem.code]?.find((candidate) => candidate in fields);
  if (name) return [[name, sentence(problem)]];
  return Object.entries(problem.errors ?? {})
    // `images[0].url` is told at `images`.
    .map(([path, messages]) => [path.replace(/\[.*$/, ''), messages])
    .filter(([field]) => field in fields)
    .map(([field, messages]) =>
      [field, find(`field.${field}`) ?? (language() === 'en' ? messages.join(' ') : t('problem.validation'))]);
}

/**
 * A form whose problems are told at its fields where they name one of them. `fields`: controls by the name that the API
 * has for them.
 */
export function form(fields, submit, onsubmit, attributes = {}) {
  return h('form', {
    ...attributes,
    onsubmit: (event) => {
      event.preventDefault();
      for (const control of Object.values(fields)) wrong(control, undefined);
      doing(submit, onsubmit, (problem) => {
        const faults = faultsOf(problem, fields);
        for (const [name, message] of faults) wrong(fields[name], message);
        if (faults.length === 0) return false;
        const first = fields[faults[0][0]];
        first.closest('details')?.setAttribute('open', '');
        first.focus();
        return true;
      });
    },
  });
}
