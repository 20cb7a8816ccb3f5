import { field, h } from '../js/dom.js';
import { download } from '../js/download.js';
import { t } from '../js/language.js';
import { now } from '../js/shop-clock.js';
import { form } from './form.js';
import { api } from './store.js';
import { localText, withInstants } from './zone.js';

const usualDays = 30;

/** Brings a CSV to the operator's disk: a link would have no token. */
export const downloadCsv = async (path, name) => download(await api.file(path, 'text/csv'), `${name}.csv`);

/** A button that asks for days of the shop and downloads what happened on them. */
export function csvButton(name, pathOf) {
  const open = h('button', { class: 'secondary', type: 'button', onclick: ask }, t(`csv.${name}`));

  function ask() {
    const day = (ago) => localText(now() - ago * 86_400_000).slice(0, 10);
    const from = h('input', { type: 'date', required: true, value: day(usualDays) });
    const to = h('input', { type: 'date', required: true, value: day(0) });
    const submit = h('button', {}, t('csv.download'));
    const dialog = h('dialog', { 'aria-labelledby': 'csv-title', onclose: () => dialog.remove() });
    const choose = form({ from, to }, submit, async () => {
      const span = new URLSearchParams({ from: from.value, to: to.value });
      await downloadCsv(pathOf(withInstants(span)), `${name}-${from.value}-${to.value}`);
      dialog.close();
    });
    choose.append(h('h2', { id: 'csv-title' }, t(`csv.${name}`)),
      h('div', { class: 'pair' }, field(t('ops.from'), from), field(t('ops.to'), to)),
      h('div', { class: 'actions' }, submit,
        h('button', { class: 'secondary', type: 'button', onclick: () => dialog.close() }, t('dismiss'))));
    dialog.append(choose);
    document.body.append(dialog);
    dialog.showModal();
  }

  return open;
}
