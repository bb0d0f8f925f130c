/** Where models come from and where they are kept; the names and the layout are those of Hugging Face's own tools. */
export interface HubSettings {
  /** `https://huggingface.co`, or a mirror that answers like it. */
  readonly endpoint: string;
  /** The folder with one `models--organisation--name` for each model. */
  readonly cacheFolder: string;
  readonly token?: string;
  /** Only what is in the cache is used. */
  readonly offline: boolean;
}

/** One commit, tag or branch of one model. */
export interface HubModel {
  /** `Qwen/Qwen3-Reranker-0.6B` */
  readonly id: string;
  readonly revision: string;
}

/** Two parts, neither of which starts like a path. */
const HUB_ID = /^[\w-][\w.-]*\/[\w-][\w.-]*$/u;

/**
 * The commits that this server was made for: what a repository holds tomorrow is not what was tested today. Source: the
 * heads of the three official repositories.
 */
const PINNED: Readonly<Record<string, string>> = {
  'Qwen/Qwen3-Reranker-0.6B': 'e61197ed45024b0ed8a2d74b80b4d909f1255473',
  'Qwen/Qwen3-Reranker-4B': '22e683669bc0f0bd69640a1354a6d0aebcfeede5',
  'Qwen/Qwen3-Reranker-8B': '77d193c791ed757ca307ee72715aa132723da912',
};

/** Undefined when the name cannot be that of a model on the hub. A revision that is not given is the pinned one, else main. */
export function hubModel(name: string, revision?: string): HubModel | undefined {
  if (!HUB_ID.test(name)) return undefined;
  return { id: name, revision: revision ?? PINNED[name] ?? 'main' };
}
