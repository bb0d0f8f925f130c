import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MetricsProbe } from '#libs/routes';
import { EngineMetrics } from './engine-metrics.js';
import { Instruments } from './instruments.js';

@ApiTags('metrics')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly instruments: Instruments,
    private readonly engine: EngineMetrics,
  ) {}

  @Get()
  @MetricsProbe()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({ summary: 'Metrics in the Prometheus text format' })
  async metrics(): Promise<string> {
    this.engine.refresh();
    return this.instruments.registry.metrics();
  }
}
