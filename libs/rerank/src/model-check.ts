import { Injectable } from '@nestjs/common';
import type { BatchScorer } from '#libs/batching';
import { ModelConfig } from '#libs/config';
import { EngineError, ModelService, type ModelVerdict } from '#libs/model-service';
import { PromptAssembler } from './prompt-assembler.js';
import { WorkAdmission } from './work-admission.js';

interface Probe {
  readonly query: string;
  readonly right: string;
  readonly wrong: string;
}

/** Pairs whose order is certain, whatever a reranker was trained for. */
const PROBES: readonly Probe[] = [
  {
    query: 'What is the capital of France?',
    right: 'Paris is the capital of France.',
    wrong: 'A cat sleeps on the sofa.',
  },
  {
    query: 'How do plants make energy?',
    right: 'Plants make energy from sunlight by photosynthesis.',
    wrong: 'The train to Berlin leaves at nine.',
  },
  {
    query: 'how to bake bread',
    right: 'To bake bread, mix flour, water, salt and yeast, and bake the dough.',
    wrong: 'The football match ended in a draw.',
  },
  {
    query: 'What is machine learning?',
    right: 'Machine learning enables computers to learn from data.',
    wrong: 'Bananas are yellow when they are ripe.',
  },
  {
    query: 'symptoms of a cold',
    right: 'Symptoms of a cold are a runny nose, a sore throat and a cough.',
    wrong: 'The company published its annual report.',
  },
  {
    query: 'Who wrote Hamlet?',
    right: 'Hamlet was written by William Shakespeare.',
    wrong: 'Water boils at a hundred degrees.',
  },
  { query: 'What do cats eat?', right: 'Cats eat meat and fish.', wrong: 'The stock market fell on Monday.' },
];

/** Raw scores that differ by less say nothing. */
const LEAST_SPREAD = 1e-4;
/** The engine's own number for what is no caller's request. */
const CHECK_REQUEST = 0;

/** Scores pairs whose order is certain once the model is loaded, so that one which is read the wrong way is noticed. */
@Injectable()
export class ModelCheck {
  constructor(
    private readonly config: ModelConfig,
    private readonly prompts: PromptAssembler,
    private readonly admission: WorkAdmission,
    private readonly model: ModelService,
  ) {
    if (config.MODEL_CHECK === 'off') return;
    model.judge({ status: 'pending' });
    model.events.once('ready', ({ scorer }) => void this.run(scorer));
  }

  private async run(engine: BatchScorer): Promise<void> {
    try {
      this.report(await this.verdict(engine));
    } catch (error) {
      // An engine that ended meanwhile says so itself.
      this.report({ status: 'unknown', reason: (error as Error).message });
    }
  }

  private async verdict(engine: BatchScorer): Promise<ModelVerdict> {
    const pairs: (readonly [number, number])[] = [];
    for (const probe of PROBES) pairs.push(await this.score(probe, engine));
    const scores = pairs.flat();
    if (Math.max(...scores) - Math.min(...scores) < LEAST_SPREAD) {
      return {
        status: 'failed',
        reason: 'it scores everything alike: its head, or its weights, are not those of a reranker',
      };
    }
    const ordered = pairs.filter(([right, wrong]) => right > wrong).length;
    if (2 * ordered > PROBES.length) return { status: 'passed' };
    return {
      status: 'failed',
      reason:
        `it puts the wrong document first in ${PROBES.length - ordered} of ${PROBES.length} certain pairs: the tokens or labels of ` +
        'its score may be exchanged, its prompt another one, or it is no reranker',
    };
  }

  private async score({ query, right, wrong }: Probe, engine: BatchScorer): Promise<readonly [number, number]> {
    const request = { query, documents: [right, wrong] };
    const { prefix, documents, tail } = await this.prompts.assemble(request, this.admission.forServer());
    const windows = documents.flatMap((document) => document.windows);
    const share = { requestId: CHECK_REQUEST, prefix, documents: windows, tail, last: true };
    const { logits } = await engine.score({ shares: [share] });
    return [logits[0]!, logits[1]!];
  }

  private report(verdict: ModelVerdict): void {
    this.model.judge(verdict);
    if (verdict.status !== 'failed' || this.config.MODEL_CHECK !== 'refuse') return;
    const error = new EngineError('model_check', `MODEL_CHECK=refuse: ${verdict.reason}`);
    this.model.events.emit('unusable', { kind: 'unusable', error }, 0);
  }
}
