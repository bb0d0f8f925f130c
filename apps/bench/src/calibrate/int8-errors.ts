import { mean, median } from '#apps/workshop';
import {
  loadQwen3Weights,
  nameOfProduct,
  PRODUCT_MODULES,
  PRODUCTS,
  Qwen3Model,
  type Product,
  type Qwen3Shape,
  type Qwen3Source,
  type Qwen3Weights,
} from '#libs/models';
import type { SegmentLayout, StoredTensor, Tensor } from '#libs/tensor';

/** Where one weight can be in another format than the others: libtorch on a CPU. */
interface FormatOps {
  linearWeightIn(format: string | undefined, parts: readonly StoredTensor[]): Tensor;
}

export interface PlaceError {
  /** As INT8_PRECISE has it. */
  readonly place: string;
  readonly layer: number;
  readonly product: Product;
  /** Mean |d − d in float32| with this weight alone in int8. */
  readonly error: number;
}

const FIELDS = { o_proj: 'output', gate_up_proj: 'gateUp', down_proj: 'down' } as const;
/** How far a place must be above its like to be named. */
const OUTSTANDING = 3;
/** An error below this part of the largest changes nothing. */
const NEGLIGIBLE = 0.1;

type Ops = FormatOps & ConstructorParameters<typeof Qwen3Model>[0];

/** What is calibrated, and on which texts. */
export interface Calibration {
  readonly shape: Qwen3Shape;
  readonly source: Qwen3Source;
  readonly layouts: readonly SegmentLayout[];
}

/** What each weight costs when it alone is in int8 and everything else in float32: `ops` must be in float32. */
export async function int8Errors(
  ops: Ops,
  { shape, source, layouts }: Calibration,
  onPlace: (place: PlaceError) => void = () => undefined,
): Promise<PlaceError[]> {
  const weights = await loadQwen3Weights(ops, shape, source, async () => undefined);
  const exact = await differences(new Qwen3Model(ops, shape, weights), layouts);
  const errors: PlaceError[] = [];
  for (let layer = 0; layer < shape.layers; layer += 1) {
    for (const product of PRODUCTS) {
      const changed = withInt8(weights, layer, product, (names) =>
        ops.linearWeightIn(
          'int8',
          names.map((name) => source.tensor(`model.layers.${layer}.${name}.weight`)),
        ),
      );
      const scores = await differences(new Qwen3Model(ops, shape, changed), layouts);
      const error = mean(scores.map((score, index) => Math.abs(score - exact[index]!)));
      errors.push({ place: nameOfProduct(layer, product), layer, product, error });
      onPlace(errors.at(-1)!);
    }
  }
  return errors;
}

/**
 * The places that stand out: whole layers whose median error is three times that of all layers, and products with three times
 * the median of their layer.
 */
export function outstandingPlaces(errors: readonly PlaceError[]): string[] {
  const count = 1 + errors.reduce((most, { layer }) => Math.max(most, layer), -1);
  const layers = Array.from({ length: count }, (_, layer) => errors.filter((one) => one.layer === layer));
  const medians = layers.map((places) => median(places.map(({ error }) => error)));
  const usual = median(medians);
  const least = NEGLIGIBLE * errors.reduce((most, { error }) => Math.max(most, error), 0);
  return layers.flatMap((places, layer) => {
    if (medians[layer]! > Math.max(least, OUTSTANDING * usual)) return [String(layer)];
    return places
      .filter(({ error }) => error > Math.max(least, OUTSTANDING * medians[layer]!))
      .map(({ place }) => place);
  });
}

async function differences(model: Qwen3Model, layouts: readonly SegmentLayout[]): Promise<number[]> {
  const scores: number[] = [];
  for (const layout of layouts) scores.push(...(await model.score(layout)));
  return scores;
}

function withInt8(
  weights: Qwen3Weights,
  layer: number,
  product: Product,
  int8: (names: readonly string[]) => Tensor,
): Qwen3Weights {
  const { layers, lastLayer } = weights;
  const isLast = layer === layers.length;
  if (product !== 'qkv_proj') {
    const changed = { [FIELDS[product]]: int8(PRODUCT_MODULES[product]) };
    if (isLast) return { ...weights, lastLayer: { ...lastLayer, ...changed } };
    return { ...weights, layers: layers.with(layer, { ...layers[layer]!, ...changed }) };
  }
  const [q, ...keyValue] = PRODUCT_MODULES.qkv_proj;
  if (isLast) {
    const projections = {
      q: { ...lastLayer.q, weight: int8([q!]) },
      kv: { ...lastLayer.kv, weight: int8(keyValue) },
    };
    return { ...weights, lastLayer: { ...lastLayer, ...projections } };
  }
  const whole = layers[layer]!;
  const qkv = { ...whole.qkv, weight: int8(PRODUCT_MODULES.qkv_proj) };
  return { ...weights, layers: layers.with(layer, { ...whole, qkv }) };
}
