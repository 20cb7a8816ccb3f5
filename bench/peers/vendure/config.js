const { DefaultJobQueuePlugin, DefaultLogger, DefaultSchedulerPlugin, LogLevel, dummyPaymentHandler } =
  require('@vendure/core');

/** The server's configuration. PostgreSQL's place and the port come from the environment. */
module.exports.config = {
  apiOptions: {
    hostname: '127.0.0.1',
    port: Number(process.env.PORT ?? 3000),
    adminApiPath: 'admin-api',
    shopApiPath: 'shop-api',
    cors: false,
  },
  authOptions: {
    tokenMethod: ['bearer'],
    superadminCredentials: { identifier: 'superadmin', password: 'bench-password' },
  },
  dbConnectionOptions: {
    type: 'postgres',
    host: process.env.PGHOST,
    port: Number(process.env.PGPORT),
    username: process.env.PGUSER,
    database: process.env.PGDATABASE,
    logging: false,
    // seed.js makes the tables; the others find them.
    synchronize: process.env.MAKE_TABLES === 'true',
    poolSize: 20,
  },
  logger: new DefaultLogger({ level: LogLevel.Warn, timestamp: false }),
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  plugins: [DefaultJobQueuePlugin.init({}), DefaultSchedulerPlugin.init({})],
};
