import { field, h, updateChildren, wait } from '../js/dom.js';
import { number, sentence, t } from '../js/language.js';
import { doing, sayProblem } from '../js/notice.js';
import { downloadCsv } from './csv.js';
import { form } from './form.js';
import { statusBadge } from './inputs.js';
import { table } from './list.js';
import { api } from './store.js';

const most = 10 * 1024 * 1024;
const pause = 700;
const pauseWhenLost = 3_000;
const mostErrors = 1_000;
const columns = 'productId, sku, name, description, price, stock, status, categoryIds, imageUrls';

/** Products as CSV: all of them out, and a file in, with a report of the rows that were refused. */
export async function transferView({ importId, signal }) {
  const report = importId ? reportOf(await api.get(importPath(importId), signal)) : undefined;
  const page = h('div', { class: 'page' },
    h('a', { class: 'back', href: '#/products' }, t('ops.products')),
    h('h1', { tabindex: -1 }, t('transfer.title')),
    report?.element,
    h('div', { class: 'columns' }, importForm(signal), exportPanel()));
  if (report) follow(importId, report, signal);
  return page;
}

const importPath = (importId) => `/admin/imports/${importId}`;

function exportPanel() {
  const button = h('button', { class: 'secondary', type: 'button',
    onclick: () => doing(button, () => downloadCsv('/admin/exports/products', 'products')) }, t('csv.download'));
  return h('section', { class: 'panel' }, h('h2', {}, t('transfer.export')),
    h('p', { class: 'hint' }, t('transfer.export-about')), h('div', { class: 'actions' }, button));
}

function importForm(signal) {
  const file = h('input', { type: 'file', accept: '.csv,text/csv', required: true });
  const submit = h('button', {}, t('transfer.import'));
  const sending = h('p', { role: 'status' });
  const checkSize = () => file.setCustomValidity(file.files[0]?.size > most ? t('transfer.too-big') : '');
  file.addEventListener('change', checkSize);
  const send = form({ body: file, header: file }, submit, async () => {
    sending.textContent = t('transfer.sending');
    try {
      const { importId } = await api.upload('/admin/imports/products', file.files[0], signal);
      location.hash = `#/products/csv/${importId}`;
    } finally {
      sending.textContent = '';
    }
  }, { class: 'panel' });
  send.append(h('h2', {}, t('transfer.import')),
    field(t('transfer.file'), file, t('transfer.import-about', { columns })), sending,
    h('div', { class: 'actions' }, submit));
  return send;
}

/** The report of an import: `show` tells how far it is, `lose` that a look was not answered. */
function reportOf(first) {
  const element = h('section', { class: 'panel' });
  let last = first;

  function show(now, lost) {
    last = now;
    const { status, rows, done, failed, errors } = now;
    const counts = { rows: number(rows), done: number(done), failed: number(failed) };
    // In place: the focus and how far the table is scrolled stay.
    updateChildren(
      element,
      h('div', { class: 'heading' }, h('h2', {}, t('transfer.report')),
        statusBadge(status, (name) => t(`transfer.${name}`))),
      h('progress', { max: Math.max(1, rows), value: status === 'DONE' ? Math.max(1, rows) : done,
        'aria-label': t('transfer.report') }),
      h('p', { role: 'status' }, t('transfer.rows', counts)),
      ...(lost ? [h('p', { class: 'field-error', 'data-key': 'lost' },
        t('live.lost', { reason: sentence(lost) }))] : []),
      ...(errors.length > 0 ? [refusedOf(errors)] : []),
      ...(errors.length < mostErrors ? [] : [h('p', { class: 'hint', 'data-key': 'cut' },
        t('transfer.cut', { count: number(errors.length) }))]));
  }

  show(first);
  return { element, show, lose: (problem) => show(last, problem), get isDone() { return last.status === 'DONE'; } };
}

function refusedOf(errors) {
  const rows = errors.map(({ row, field: column, message }) => [number(row), h('code', {}, column), message]);
  const { element } = table(t('transfer.refused'), ['transfer.row', 'transfer.field', 'transfer.why'], rows);
  element.dataset.key = 'refused';
  return element;
}

async function follow(importId, report, signal) {
  try {
    while (!report.isDone) {
      await wait(pause, signal);
      await look(importId, report, signal);
    }
  } catch (problem) {
    if (!signal.aborted) sayProblem(problem);
  }
}

// The import goes on without us: a look that is not answered is repeated.
async function look(importId, report, signal) {
  try {
    report.show(await api.get(importPath(importId), signal));
  } catch (problem) {
    if (!problem.unanswered && problem.status !== 429) throw problem;
    report.lose(problem);
    await wait(pauseWhenLost, signal);
  }
}
