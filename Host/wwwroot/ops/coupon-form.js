import { h } from '../js/dom.js';
import { t } from '../js/language.js';
import { say } from '../js/notice.js';
import { now } from '../js/shop-clock.js';
import { categoryPaths } from './categories.js';
import { controlsOf, fieldsOf } from './editor.js';
import { form } from './form.js';
import { boxes, choice, moment, numbers, text, whole } from './inputs.js';
import { api, intents } from './store.js';

const day = 86_400_000;
const mostMoney = 1_000_000_000_000;

export async function newCoupon(signal) {
  const { items: categories } = await api.get('/categories', signal);
  const inputs = inputsOf(categories);
  inputs.issueFrom.write(now());
  inputs.issueUntil.write(now() + 7 * day);
  inputs.validUntil.write(now() + 30 * day);
  const submit = h('button', {}, t('admin.create'));
  const create = form(controlsOf(inputs), submit, async () => {
    const body = bodyOf(inputs);
    const { answer } = await intents.act('campaign', { name: body.name }, '/admin/coupons', body);
    say(t('admin.created', { name: body.name }));
    location.hash = `#/coupons/${answer.couponId}`;
  }, { class: 'panel' });
  const fields = fieldsOf(inputs);
  const pair = (...names) => h('div', { class: 'pair' }, names.map((name) => fields[name]));
  create.append(fields.name, pair('discount.type', 'discount.value'),
    pair('discount.maxDiscount', 'minimumOrderAmount'), pair('quantity', 'issuance'),
    pair('issueFrom', 'issueUntil'), pair('validFrom', 'validUntil'),
    h('details', {}, h('summary', {}, t('coupons.scope')), h('div', { class: 'part' }, fields['scope.productIds'],
      fields['scope.categoryIds'])),
    h('div', { class: 'actions' }, submit));
  return h('div', { class: 'page' },
    h('a', { class: 'back', href: '#/coupons' }, t('ops.coupons')),
    h('h1', { tabindex: -1 }, t('admin.new-coupon')), create);
}

function inputsOf(categories) {
  const paths = new Map(categoryPaths(categories).map(({ categoryId, path }) => [categoryId, path]));
  const money = () => whole({ min: 1, max: mostMoney });
  const inputs = {
    name: { ...text({ required: true, maxlength: 200 }), label: t('name') },
    'discount.type': { ...choice(['FIXED', 'PERCENT'], (name) => t(`admin.${name}`)), label: t('admin.discount') },
    'discount.value': { ...whole({ required: true, min: 1, max: mostMoney }), label: t('admin.value') },
    'discount.maxDiscount': { ...money(), label: t('admin.max-discount') },
    minimumOrderAmount: { ...money(), label: t('admin.minimum') },
    quantity: { ...whole({ required: true, min: 1, max: 10_000_000 }), label: t('admin.quantity') },
    issuance: { ...choice(['ANY', 'DIRECT', 'LINE', 'CODE', 'GRANT'], (name) => t(`issuance.${name}`)),
      label: t('coupons.issuance') },
    issueFrom: { ...moment({ required: true }), label: t('admin.issue-from') },
    issueUntil: { ...moment({ required: true }), label: t('admin.issue-until') },
    validFrom: { ...moment(), label: t('coupons.valid-from'), hint: t('coupons.valid-from-hint') },
    validUntil: { ...moment({ required: true }), label: t('admin.valid-until') },
    'scope.productIds': { ...numbers(), label: t('coupons.scope-products'), hint: t('coupons.scope-hint') },
  };
  if (paths.size > 0)
    inputs['scope.categoryIds'] = { ...boxes([...paths.keys()], (id) => paths.get(id)),
      label: t('coupons.scope-categories') };
  return inputs;
}

/** Inputs named `discount.type` and the like are members of a member. */
function bodyOf(inputs) {
  const body = {};
  for (const [name, { read }] of Object.entries(inputs)) {
    const [member, inner] = name.split('.');
    const value = read();
    if (inner) (body[member] ??= {})[inner] = Array.isArray(value) && value.length === 0 ? null : value;
    else body[member] = value;
  }
  if (Object.values(body.scope).every((ids) => ids === null)) body.scope = null;
  return body;
}
