import { h } from '../js/dom.js';
import { t } from '../js/language.js';
import { categoryPaths } from './categories.js';
import { imagesInput } from './images.js';
import { boxes, choice, longText, moment, money, text, whole } from './inputs.js';

/** The inputs of a product, by the names of its members. */
export function productInputs(categories, { isNew = false } = {}) {
  const paths = categoryPaths(categories);
  const ofCategory = new Map(paths.map(({ categoryId, path }) => [categoryId, path]));
  const limit = { min: 1, max: 1_000 };
  const inputs = {
    name: { ...text({ required: true, maxlength: 200 }), label: t('name') },
    sku: { ...text({ maxlength: 64, pattern: '[!-~]+', autocomplete: 'off' }), label: t('admin.sku'),
      hint: t('admin.sku-hint') },
    price: { ...money({ required: true }), label: t('admin.price') },
    stock: { ...money({ required: true }), label: t('admin.stock') },
    status: { ...choice(['SELLING', 'STOPPED'], (name) => t(`admin.${name}`)), label: t('admin.status') },
    description: { ...longText({ maxlength: 10_000 }), label: t('admin.description') },
    images: { ...imagesInput(), label: t('images') },
    categoryIds: { ...boxes([...ofCategory.keys()], (id) => ofCategory.get(id)), label: t('admin.categories') },
    lowStockThreshold: { ...money(), label: t('admin.low-stock-threshold'), hint: t('admin.low-stock-hint') },
    sellFrom: { ...moment(), label: t('admin.sell-from') },
    sellUntil: { ...moment(), label: t('admin.sell-until') },
    maxPerOrder: { ...whole(limit), label: t('admin.max-per-order') },
    maxPerUser: { ...whole(limit), label: t('admin.max-per-user') },
  };
  if (isNew) inputs.lowStockThreshold.hint = t('admin.low-stock-new');
  else delete inputs.stock;
  if (categories.length === 0) delete inputs.categoryIds;
  return inputs;
}

/** The fields as they stand in a form: those that are rarely needed at its end. */
export const productLayout = (fields) => [
  h('div', { class: 'pair' }, fields.name, fields.sku),
  h('div', { class: 'pair' }, fields.price, fields.stock ?? fields.status),
  fields.description,
  fields.images,
  fields.categoryIds,
  h('details', {}, h('summary', {}, t('admin.rules')),
    h('div', { class: 'part' },
      fields.stock && fields.status,
      h('div', { class: 'pair' }, fields.sellFrom, fields.sellUntil),
      h('div', { class: 'pair' }, fields.maxPerOrder, fields.maxPerUser),
      fields.lowStockThreshold)),
].filter(Boolean);
