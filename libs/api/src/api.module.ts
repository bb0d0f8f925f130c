import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { RerankingModule } from '#libs/rerank';
import { ErrorFilter } from './errors/error.filter.js';
import { Gate } from './gate/gate.js';
import { KeyCheck } from './gate/key-check.js';
import { BodyIntake } from './intake/body-intake.js';
import { ModelInformationController } from './probes/model-information.controller.js';
import { TokenizeController } from './probes/tokenize.controller.js';
import { RequestRecord } from './record/request-record.js';
import { RerankController } from './rerank.controller.js';

/** Its hooks are attached by `attachApi`. */
@Module({
  imports: [RerankingModule],
  controllers: [RerankController, ModelInformationController, TokenizeController],
  providers: [KeyCheck, Gate, BodyIntake, RequestRecord, { provide: APP_FILTER, useClass: ErrorFilter }],
})
export class ApiModule {}
