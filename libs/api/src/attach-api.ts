import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { answerError } from './errors/error.filter.js';
import { Gate } from './gate/gate.js';
import { BodyIntake } from './intake/body-intake.js';
import { answerEarly } from './intake/early-answers.js';
import { RequestRecord } from './record/request-record.js';

/**
 * The hooks that every request passes, in this order: the gate, the body, the record of its answer. To be called before
 * routes and plugins are added: the framework gives a route the hooks that are there when it is made ready.
 */
export function attachApi(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  // Also for plugins' routes, which Nest's handler comes too late for.
  fastify.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  const gate = app.get(Gate);
  fastify.addHook('onRequest', (request, reply, done) => {
    try {
      gate.check(request, reply);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
  answerEarly(fastify);
  app.get(BodyIntake).attach(fastify);
  app.get(RequestRecord).attach(fastify);
}
