import { EventEmitter } from 'node:events';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import {
  EngineHost,
  type EngineEvent,
  type EngineInformation,
  type EngineUsage,
  type LifecycleState,
} from '#libs/engine-host';
import { percentOf } from '#libs/model-repository';
import type { Tokenizers } from '#libs/tokenizer';
import { logEvent } from './engine-log.js';
import { MODEL_SOURCE, type Download, type ModelSource, type OpenModel } from './model-source.js';
import type { ModelVerdict } from './model-verdict.js';
import { ModelNotReadyError } from './model-not-ready.js';
import { summaryOf, type ServedModel } from './served-model.js';
import { informationTogether, stateTogether, sumOf, usageTogether } from './together.js';

const DOWNLOAD_RETRY_SECONDS = 10;
const OPENING_RETRY_SECONDS = 5;
const NOTHING_RECEIVED: Download = { receivedBytes: 0, totalBytes: 0, waitingFor: null };

/** What happens to the engines, by its kind; the number is the engine's. And the end of the check of the ranking. */
type ModelEvents = {
  [Kind in EngineEvent['kind']]: [event: Extract<EngineEvent, { kind: Kind }>, engine: number];
} & { judged: [verdict: ModelVerdict] };

/**
 * The model of the server, from the first second to the last: its files are downloaded and read, its engines load it and are
 * handed to those that score, and it is closed. Also what is running.
 */
@Injectable()
export class ModelService implements OnApplicationShutdown {
  readonly events = new EventEmitter<ModelEvents>();
  private readonly log = new Logger(ModelService.name);
  private readonly opening = new AbortController();
  private opened: OpenModel | undefined;
  private engines: readonly EngineHost[] = [];
  private received = NOTHING_RECEIVED;
  /** Of a server without engines; those know it themselves. */
  private ending: 'draining' | 'stopped' | undefined;
  private starting: Promise<void> | undefined;
  private found: ModelVerdict = { status: 'off' };

  constructor(@Inject(MODEL_SOURCE) private readonly source: ModelSource) {}

  get engineCount(): number {
    return this.source.engineCount;
  }

  /** Throws ModelNotReadyError until its files are there. */
  get model(): ServedModel {
    return this.files.model;
  }

  /** How most of its weights are stored; undefined until its files are there. */
  get storedAs(): string | undefined {
    return this.opened?.model.storedAs;
  }

  /** Throws ModelNotReadyError until its files are there. */
  get tokenizers(): Tokenizers {
    return this.files.tokenizers;
  }

  get state(): LifecycleState {
    if (this.engines.length > 0) return stateTogether(this.engines.map(({ lifecycle }) => lifecycle.state));
    return this.ending ?? (this.source.isRemote ? 'downloading' : 'starting');
  }

  /** The state, for a message: with the part that is done. */
  get stateInWords(): string {
    return this.state === 'downloading' ? `downloading, ${percentOf(this.received)} %` : this.state;
  }

  /** How far the download is; undefined where nothing is to be downloaded, and once it is done. */
  get download(): Download | undefined {
    return this.state === 'downloading' ? this.received : undefined;
  }

  /** An engine takes batches, or soon will again; also while the server drains. */
  get canScore(): boolean {
    return this.engines.some(({ lifecycle }) => lifecycle.canScore);
  }

  /** It could score at least once since the server started. */
  get hasStarted(): boolean {
    return this.engines.some(({ lifecycle }) => lifecycle.hasStarted);
  }

  /** Seconds after which an engine should be up. */
  get retryAfterSeconds(): number {
    if (this.engines.length === 0) return this.state === 'downloading' ? DOWNLOAD_RETRY_SECONDS : OPENING_RETRY_SECONDS;
    return Math.min(...this.engines.map(({ retryAfterSeconds }) => retryAfterSeconds));
  }

  /** Part of the weights that is on the devices, 0 to 1. */
  get loaded(): number {
    return sumOf(this.engines, ({ loaded }) => loaded) / this.engineCount;
  }

  /** What is running; absent until an engine was ready once. */
  get information(): EngineInformation | undefined {
    return informationTogether(this.engines.flatMap(({ information }) => information ?? []));
  }

  get usage(): EngineUsage {
    return usageTogether(this.engines.map(({ usage }) => usage));
  }

  /** What the check of its ranking found. */
  get verdict(): ModelVerdict {
    return this.found;
  }

  judge(verdict: ModelVerdict): void {
    this.found = verdict;
    if (verdict.status === 'failed')
      this.log.error({ model: this.model.name }, `the model does not rank: ${verdict.reason}`);
    if (verdict.status === 'passed')
      this.log.log('check passed: the model puts the right document first in pairs whose order is certain');
    if (verdict.status !== 'pending') this.events.emit('judged', verdict);
  }

  get restarts(): number {
    return sumOf(this.engines, ({ restarts }) => restarts);
  }

  /**
   * Brings and reads the files and starts the engines. Rejects with a message for the operator; the engines tell by events.
   * Resolves without engines when the server was told to stop meanwhile.
   */
  start(): Promise<void> {
    this.starting = this.open();
    return this.starting;
  }

  /** Not ready from now on; what was accepted is still answered. A download stops and keeps what it has. */
  drain(): void {
    this.ending ??= 'draining';
    for (const { lifecycle } of this.engines) lifecycle.drain();
    this.opening.abort();
    this.log.log('draining');
  }

  async onApplicationShutdown(): Promise<void> {
    this.ending = 'stopped';
    this.opening.abort();
    await this.starting?.catch(() => undefined); // It was told where it was started.
    await Promise.all(this.engines.map((engine) => engine.stop()));
    await this.opened?.tokenizers.close();
  }

  private async open(): Promise<void> {
    const { signal } = this.opening;
    const opened = await this.source.open({ signal, onDownload: (download) => (this.received = download) });
    if (signal.aborted) return opened.tokenizers.close();
    this.opened = opened;
    const { name, folder, adapterFolder, reranker } = opened.model;
    const adapted = adapterFolder === undefined ? '' : ` with the adapter in ${adapterFolder}`;
    const what = `a ${reranker.family} checkpoint in ${folder}${adapted}`;
    this.log.log({ reranker: summaryOf(opened.model) }, `loading ${name}, ${what}`);
    this.engines = opened.launches.map(
      (launch, engine) => new EngineHost(launch, (event) => this.tell(event, engine, launch.options.device)),
    );
    for (const engine of this.engines) engine.start();
  }

  private get files(): OpenModel {
    if (this.opened === undefined) throw new ModelNotReadyError(this.stateInWords, this.retryAfterSeconds);
    return this.opened;
  }

  private tell(event: EngineEvent, engine: number, device: string): void {
    logEvent(event, this.log, { model: this.model.name, device, isStopping: this.ending !== undefined });
    const told = [event, engine] as ModelEvents[EngineEvent['kind']];
    this.events.emit(event.kind, ...told);
  }
}
