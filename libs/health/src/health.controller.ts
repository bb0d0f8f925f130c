import { Controller, Get, HttpCode, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Probe } from '#libs/routes';
import { HealthService, type HealthReport, type StartupReport } from './health.service.js';

const SERVICE_UNAVAILABLE = 503;

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get()
  @Probe()
  @ApiOperation({ summary: '200 only when the server can score; what is running, and how far loading is' })
  report(@Res({ passthrough: true }) reply: FastifyReply): HealthReport {
    return this.answer(reply);
  }

  @Get('ready')
  @Probe()
  @ApiOperation({ summary: 'The same as /health, for a readiness probe' })
  ready(@Res({ passthrough: true }) reply: FastifyReply): HealthReport {
    return this.answer(reply);
  }

  @Get('live')
  @Probe()
  @HttpCode(200)
  @ApiOperation({ summary: '200 while the process answers' })
  live(): { status: 'alive' } {
    return { status: 'alive' };
  }

  @Get('startup')
  @Probe()
  @ApiOperation({ summary: '200 once the model could score for the first time; until then how far it is' })
  startup(@Res({ passthrough: true }) reply: FastifyReply): StartupReport {
    const report = this.health.startup();
    if (report.status !== 'started') this.unavailable(reply);
    return report;
  }

  private answer(reply: FastifyReply): HealthReport {
    const report = this.health.report();
    if (report.status !== 'healthy') this.unavailable(reply);
    return report;
  }

  private unavailable(reply: FastifyReply): void {
    reply.status(SERVICE_UNAVAILABLE).header('Retry-After', String(this.health.retryAfterSeconds ?? 1));
  }
}
