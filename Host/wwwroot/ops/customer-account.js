import { t } from '../js/language.js';
import { say } from '../js/notice.js';
import { editor } from './editor.js';
import { choice } from './inputs.js';

const roles = ['CUSTOMER', 'SUPPORT', 'CATALOG_MANAGER', 'MARKETER', 'FINANCE', 'OPERATOR', 'ADMIN'];

/** The role and the status of a user. */
export function accountEditor(tagged, again) {
  const { userId, name } = tagged.body;
  const role = choice(roles, (value) => t(`role.${value}`));
  const status = choice(['ACTIVE', 'DISABLED'], (value) => t(`customers.${value}`));
  return editor({
    get: `/users/${userId}`,
    patch: `/admin/users/${userId}`,
    tagged,
    title: t('customers.account'),
    inputs: {
      role: { ...role, label: t('customers.role'), hint: t('customers.role-hint') },
      status: { ...status, label: t('admin.status'), hint: t('customers.status-hint') },
    },
    layout: (fields) => [fields.role, fields.status],
    saved: async () => {
      say(t('admin.saved', { name }));
      await again();
    },
  });
}
