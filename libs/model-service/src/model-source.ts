import type { EngineLaunch } from '#libs/engine-host';
import type { DownloadProgress } from '#libs/model-repository';
import type { Tokenizers } from '#libs/tokenizer';
import type { ServedModel } from './served-model.js';

/** How far a download is. */
export interface Download extends DownloadProgress {
  /** The process that downloads the same model while this one waits for it. */
  readonly waitingFor: string | null;
}

/** A model whose files are there and were read; its weights are loaded by the engines. */
export interface OpenModel {
  readonly model: ServedModel;
  readonly tokenizers: Tokenizers;
  /** How to start each engine: as many as the source said. */
  readonly launches: readonly EngineLaunch[];
}

export interface Opening {
  /** Aborts when the server is told to stop. */
  readonly signal: AbortSignal;
  readonly onDownload: (download: Download) => void;
}

/** Where the model comes from. */
export interface ModelSource {
  readonly engineCount: number;
  /** Its files have to be brought first. */
  readonly isRemote: boolean;
  /** Downloads what is missing and reads it. Rejects with a message for the operator. */
  open(opening: Opening): Promise<OpenModel>;
}

export const MODEL_SOURCE = Symbol('MODEL_SOURCE');
