import { Injectable } from '@nestjs/common';
import { droppedLogLines } from '#libs/logging';
import { LIFECYCLE_STATES, ModelService } from '#libs/model-service';
import type { Counter } from 'prom-client';
import { Instruments } from './instruments.js';

/** Copies the engine's state into its gauges when somebody scrapes: the engine need not know of metrics. */
@Injectable()
export class EngineMetrics {
  constructor(
    private readonly instruments: Instruments,
    private readonly model: ModelService,
  ) {}

  refresh(): void {
    const { instruments, model } = this;
    const { usage, information } = model;
    for (const state of LIFECYCLE_STATES) instruments.engineState.set({ state }, state === model.state ? 1 : 0);
    setCounter(instruments.droppedLogLines, droppedLogLines());
    setCounter(instruments.engineRestarts, model.restarts);
    setCounter(instruments.prefixHits, usage.prefixHits);
    setCounter(instruments.prefixMisses, usage.prefixMisses);
    setCounter(instruments.prefixEvictions, usage.prefixEvictions);
    instruments.modelCheckFailed.set(model.verdict.status === 'failed' ? 1 : 0);
    instruments.prefixBytes.set(usage.prefixBytes);
    instruments.deviceBytes.set(usage.deviceBytes);
    instruments.tokensPerSecond.set(information?.tokensPerSecond ?? 0);
    instruments.maxBatchTokens.set(information?.maxBatchTokens ?? 0);
    this.refreshDownload();
  }

  private refreshDownload(): void {
    const { instruments, model } = this;
    instruments.downloadBytes.set(model.download?.totalBytes ?? 0);
    instruments.downloadReceivedBytes.set(model.download?.receivedBytes ?? 0);
  }
}

/** The engine counts by itself and starts at zero after a restart; Prometheus knows such a reset. */
function setCounter(counter: Counter, value: number): void {
  counter.reset();
  counter.inc(value);
}
