import { field, h, wait } from '../js/dom.js';
import { number, t } from '../js/language.js';
import { doing, say } from '../js/notice.js';
import { downloadCsv } from './csv.js';
import { form } from './form.js';
import { list } from './list.js';
import { api, intents } from './store.js';

const looks = 20;
const pause = 500;

/** The codes of a coupon: a batch that the shop makes, one that an operator chooses, and all of them as CSV. */
export async function codesPanel({ couponId, name }, signal) {
  const path = `/admin/coupons/${couponId}/codes`;
  const codes = list({ name: t('codes'), signal, none: 'codes.none', path: () => path,
    columns: ['codes.code', 'codes.used#', 'codes.uses#', 'codes.kind'],
    cells: (code) => [h('code', {}, code.code), number(code.used), number(code.uses),
      t(code.batchId === null ? 'codes.own' : 'codes.made')] });
  await codes.fill();
  intents.addEventListener('outcome', codes.fill, { signal });
  const csv = h('button', { class: 'secondary', type: 'button',
    onclick: () => doing(csv, () => downloadCsv(path, `codes-${couponId}`)) }, t('csv.download'));
  return h('section', { class: 'panel' },
    h('div', { class: 'heading' }, h('h2', {}, t('codes')), csv),
    h('div', { class: 'pair' }, batchForm(), ownForm()), codes.element);

  function batchForm() {
    const count = h('input', { type: 'number', min: 1, max: 100_000, step: 1, required: true });
    const submit = h('button', { class: 'secondary' }, t('codes.make'));
    const make = form({ count }, submit, async () => {
      const wanted = { count: count.valueAsNumber };
      const { answer } = await intents.act('codes', { name, count: wanted.count }, path, wanted);
      say(t('codes.making', { count: number(wanted.count) }));
      make.reset();
      await untilMade(answer.batchId);
      await codes.fill();
    });
    make.append(field(t('codes.count'), count), h('div', { class: 'actions' }, submit));
    return make;
  }

  // The shop makes them behind the answer.
  async function untilMade(batchId) {
    for (let look = 0; look < looks; look++) {
      const { items } = await api.get(`${path}?limit=100`, signal);
      if (items.length === 100 || items.some((code) => code.batchId === batchId)) return;
      await wait(pause, signal);
    }
  }

  function ownForm() {
    const code = h('input', { required: true, minlength: 4, maxlength: 32, autocomplete: 'off', spellcheck: 'false' });
    const uses = h('input', { type: 'number', min: 1, max: 10_000_000, step: 1, required: true, value: '1' });
    const submit = h('button', { class: 'secondary' }, t('codes.add'));
    const add = form({ code, uses }, submit, async () => {
      const wanted = { code: code.value, uses: uses.valueAsNumber };
      await intents.act('code', { name: wanted.code }, path, wanted);
      say(t('admin.created', { name: wanted.code }));
      code.value = '';
      uses.value = '1';
      await codes.fill();
    });
    add.append(h('div', { class: 'pair' }, field(t('codes.own-code'), code), field(t('codes.uses'), uses)),
      h('div', { class: 'actions' }, submit));
    return add;
  }
}
