import { setImmediate as nextTurn } from 'node:timers/promises';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MetricsProbe } from '#libs/routes';
import { EngineMetrics } from './engine-metrics.js';
import { Instruments } from './instruments.js';

@ApiTags('metrics')
@Controller('metrics')
export class MetricsController {
  private text: Promise<string> | undefined;

  constructor(
    private readonly instruments: Instruments,
    private readonly engine: EngineMetrics,
  ) {}

  @Get()
  @MetricsProbe()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({ summary: 'Metrics in the Prometheus text format' })
  metrics(): Promise<string> {
    return (this.text ??= this.make());
  }

  /** One for all that ask in the same turn of the event loop: a thousand connections at once cost as much as one. */
  private async make(): Promise<string> {
    await nextTurn();
    this.text = undefined;
    this.engine.refresh();
    return this.instruments.registry.metrics();
  }
}
