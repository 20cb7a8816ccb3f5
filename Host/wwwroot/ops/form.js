import { wrong } from '../js/dom.js';
import { language, sentence, t } from '../js/language.js';
import { form as plainForm } from '../js/notice.js';

// The field that a refusal is about.
const fieldOf = {
  'catalog.category_depth': 'parentId',
  'catalog.category_not_found': 'categoryIds',
  'catalog.sku_taken': 'sku',
  'catalog.stock_limit_exceeded': 'delta',
  'catalog.stock_would_go_negative': 'delta',
  'coupons.code_taken': 'code',
  'coupons.quantity_below_issued': 'quantity',
  'identity.email_taken': 'email',
  'identity.last_admin': 'role',
  'identity.too_many_staff': 'role',
  'wallet.insufficient_balance': 'amount',
  'wallet.maximum_balance_exceeded': 'amount',
  'webhooks.inner_address': 'url',
};

/** A form whose refusals stand at the field that they are about, in the page's language. */
export const form = (fields, submit, onsubmit, attributes) => plainForm(fields, submit, async () => {
  try {
    await onsubmit();
  } catch (problem) {
    throw showAtFields(problem, fields);
  }
}, attributes);

function showAtFields(problem, fields) {
  const faults = faultsOf(problem).filter(([name]) => name in fields);
  if (faults.length === 0) return problem;
  for (const [name, message] of faults) wrong(fields[name], message);
  const [[first]] = faults;
  fields[first].closest('details')?.setAttribute('open', '');
  fields[first].focus();
  return Object.assign(problem, { told: true, errors: {} });
}

function faultsOf(problem) {
  if (problem.code in fieldOf) return [[fieldOf[problem.code], sentence(problem)]];
  // `images[0].url` is told at `images`; the shop's own messages are English.
  return Object.entries(problem.errors ?? {}).map(([name, messages]) =>
    [name.replace(/\[.*$/, ''), language() === 'en' ? messages.join(' ') : t('field.wrong')]);
}
