import { field, h } from '../js/dom.js';
import { t } from '../js/language.js';
import { say } from '../js/notice.js';
import { form } from './form.js';
import { api, intents } from './store.js';

/** @typedef {import('../../../clients/typescript/shop.js').components['schemas']['Category']} Category */

/**
 * The categories in the order of the tree, each with the path of its names and its level.
 *
 * @param {Category[]} categories
 * @returns {(Category & { path: string, level: number })[]}
 */
export function categoryPaths(categories) {
  const under = Map.groupBy(categories, ({ parentId }) => parentId);
  const walk = (parentId, path, level) => (under.get(parentId) ?? []).flatMap((category) => {
    const own = [...path, category.name];
    return [{ ...category, path: own.join(' › '), level }, ...walk(category.categoryId, own, level + 1)];
  });
  return walk(null, [], 1);
}

export async function categoriesView({ signal, again }) {
  const { items } = await api.get('/categories', signal);
  const tree = categoryPaths(items);
  intents.addEventListener('outcome', again, { signal });
  return h('div', { class: 'page' },
    h('a', { class: 'back', href: '#/products' }, t('ops.products')),
    h('h1', { tabindex: -1 }, t('admin.categories')),
    h('div', { class: 'columns' },
      h('section', { class: 'panel' },
        tree.length === 0 ? h('p', { class: 'hint' }, t('categories.none'))
          : h('ul', { class: 'tree' }, tree.map((category) => branch(category, tree, again)))),
      newCategory(tree, again)));
}

function branch(category, tree, again) {
  const name = h('input', { required: true, maxlength: 200, value: category.name });
  const parent = parents(tree.filter(({ path }) => !isUnder(path, category.path)), category.parentId);
  const submit = h('button', { class: 'secondary' }, t('admin.save'));
  const change = form({ name, parentId: parent }, submit, async () => {
    const parentId = parent.value === '' ? null : Number(parent.value);
    const body = {};
    if (name.value !== category.name) body.name = name.value;
    if (parentId !== category.parentId) body.parentId = parentId;
    if (Object.keys(body).length === 0) return;
    await api.patch(`/admin/categories/${category.categoryId}`, body);
    say(t('admin.saved', { name: name.value }));
    await again();
  });
  change.append(field(t('name'), name), field(t('categories.under'), parent), h('div', { class: 'actions' }, submit));
  return h('li', { class: `level-${category.level}` },
    h('details', {}, h('summary', {}, category.name, ' ', h('span', { class: 'hint' }, `#${category.categoryId}`)),
      change));
}

// No category stands under itself.
const isUnder = (path, other) => path === other || path.startsWith(`${other} › `);

const parents = (tree, chosen) => h('select', {}, h('option', { value: '' }, t('categories.root')),
  tree.filter(({ level }) => level < 3).map(({ categoryId, path }) =>
    h('option', { value: String(categoryId), selected: categoryId === chosen }, path)));

function newCategory(tree, again) {
  const name = h('input', { required: true, maxlength: 200 });
  const parent = parents(tree, null);
  const submit = h('button', {}, t('admin.create'));
  const create = form({ name, parentId: parent }, submit, async () => {
    const parentId = parent.value === '' ? null : Number(parent.value);
    await intents.act('category', { name: name.value }, '/admin/categories', { name: name.value, parentId });
    say(t('admin.created', { name: name.value }));
    await again();
  }, { class: 'panel' });
  create.append(h('h2', {}, t('categories.new')), field(t('name'), name), field(t('categories.under'), parent),
    h('div', { class: 'actions' }, submit));
  return create;
}
