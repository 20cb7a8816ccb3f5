const { defineConfig } = require('@medusajs/framework/utils');

// PostgreSQL's place comes from the environment. Locks are PostgreSQL's, since several servers share the database.
module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    databaseDriverOptions: { ssl: false, connection: { ssl: false } },
    workerMode: 'shared',
    http: {
      storeCors: '',
      adminCors: '',
      authCors: '',
      jwtSecret: 'bench-secret-of-no-worth',
      cookieSecret: 'bench-secret-of-no-worth',
    },
  },
  admin: { disable: true },
  modules: [
    {
      resolve: '@medusajs/medusa/locking',
      options: {
        providers: [{ resolve: '@medusajs/medusa/locking-postgres', id: 'locking-postgres', is_default: true }],
      },
    },
  ],
});
