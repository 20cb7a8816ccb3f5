import { h } from '../js/dom.js';
import { number, sentence, t } from '../js/language.js';
import { say } from '../js/notice.js';
import { form } from './form.js';
import { labelled, numbers } from './inputs.js';
import { table } from './list.js';
import { intents } from './store.js';

const most = 1_000;

/** Gives a coupon to named users; those who got none are listed with the reason. */
export function grantsPanel({ couponId, name, status }, again) {
  if (status === 'STOPPED') return undefined;
  const userIds = { ...numbers({ required: true }), label: t('grants.users'), hint: t('grants.hint') };
  const submit = h('button', { class: 'secondary' }, t('grants.give'));
  const outcome = h('div', { class: 'part', role: 'status' });
  const give = form({ userIds: userIds.control }, submit, async () => {
    const ids = userIds.read();
    if (ids.length > most || ids.some((id) => !Number.isSafeInteger(id) || id < 1)) {
      say(t('grants.wrong'), { error: true });
      userIds.control.focus();
      return;
    }
    const { answer } = await intents.act('grant', { name, count: ids.length }, `/admin/coupons/${couponId}/grants`,
      { userIds: ids });
    outcome.replaceChildren(h('p', {}, t('grants.given', { count: number(answer.granted) })),
      ...(answer.skipped.length > 0 ? [skippedOf(answer.skipped)] : []));
    if (answer.skipped.length === 0) await again();
  });
  give.append(labelled(userIds), h('div', { class: 'actions' }, submit));
  return h('section', { class: 'panel' }, h('h2', {}, t('grants')), give, outcome);
}

const skippedOf = (skipped) => table(t('grants.skipped'), ['ops.customer-number', 'grants.why'],
  skipped.map(({ userId, reason }) => [`#${userId}`, sentence({ code: reason, members: {} })])).element;
