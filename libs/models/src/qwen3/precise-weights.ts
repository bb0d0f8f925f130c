import { PRODUCT_MODULES, productParameters, PRODUCTS, type Product, type Qwen3Shape } from './qwen3-shape.js';

/** Which weights have more bits than the others where these have 8. */
export class PreciseWeights {
  private constructor(private readonly places: ReadonlySet<string>) {}

  static readonly NONE = new PreciseWeights(new Set());

  /**
   * @param list Places with commas between them: a layer or a range of layers (from 0), alone or with a product: `32-35`,
   *   `3.down_proj`. `auto` among them: what `autoPlaces` has. `none`.
   * @param inBf16 What is precise is bf16: twice the bytes and half the rate of 8 bits. Else it is float32.
   * @throws Error that names the place that is not understood or not there.
   */
  static of(list: string, shape: Qwen3Shape, inBf16: boolean): PreciseWeights {
    if (list === 'none') return PreciseWeights.NONE;
    const places = list.split(',').flatMap((place) => {
      const name = place.trim();
      return name === 'auto' ? autoPlaces(shape, inBf16) : placesOf(name, shape);
    });
    return new PreciseWeights(new Set(places));
  }

  /**
   * What a checkpoint in 8 bits keeps in more: products with a part that is stored so. Undefined for one that has no weight in
   * 8 bits.
   */
  static asStored({ layers }: Qwen3Shape, isInt8: (module: string) => boolean): PreciseWeights | undefined {
    const places: string[] = [];
    let all = 0;
    for (let layer = 0; layer < layers; layer += 1) {
      for (const product of PRODUCTS) {
        all += 1;
        const isKept = PRODUCT_MODULES[product].some((module) => !isInt8(`model.layers.${layer}.${module}`));
        if (isKept) places.push(nameOfProduct(layer, product));
      }
    }
    return places.length === all ? undefined : new PreciseWeights(new Set(places));
  }

  has(layer: number, product: Product): boolean {
    return this.places.has(nameOfProduct(layer, product));
  }

  /** @param module Such as `model.layers.0.mlp.up_proj`. */
  hasModule(module: string): boolean {
    const [, layer, name] = /^model\.layers\.(\d+)\.(.+)$/u.exec(module) ?? [];
    const product = PRODUCTS.find((each) => PRODUCT_MODULES[each].includes(name ?? ''));
    return product !== undefined && this.has(Number(layer), product);
  }

  /** Elements of these weights. */
  parameters(shape: Qwen3Shape): number {
    const products = [...this.places].map((place) => place.split('.')[1] as Product);
    return products.reduce((total, product) => total + productParameters(shape, product), 0);
  }
}

const PLACE = new RegExp(`^(\\d+)(?:-(\\d+))?(?:\\.(${PRODUCTS.join('|')}))?$`, 'u');

function placesOf(place: string, shape: Qwen3Shape): string[] {
  const [, from, to = from, product] = PLACE.exec(place) ?? [];
  if (from === undefined) {
    throw new Error(`INT8_PRECISE: ${place} must be a layer such as 35, 32-35 or 3.down_proj (${PRODUCTS.join(', ')})`);
  }
  if (Number(to) >= shape.layers || Number(from) > Number(to)) {
    throw new Error(`INT8_PRECISE: ${place} must name layers from 0 to ${shape.layers - 1}`);
  }
  const layers = Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => Number(from) + index);
  const products = product === undefined ? PRODUCTS : [product as Product];
  return layers.flatMap((layer) => products.map((name) => nameOfProduct(layer, name)));
}

/** One layer in this many is precise, the last ones: four of 36, as published recipes leave out of the models of 4B and 8B. */
const LAYERS_FOR_A_PRECISE_ONE = 9;

/**
 * Nothing mends the errors of the last layers. Down projections read what SwiGLU made, whose largest numbers are far from the
 * rest: half of the other errors, for a fifth of the work where bf16 is fast.
 */
function autoPlaces(shape: Qwen3Shape, inBf16: boolean): string[] {
  const last = shape.layers - 1;
  const first = last + 1 - Math.max(1, Math.round(shape.layers / LAYERS_FOR_A_PRECISE_ONE));
  return [...placesOf(`${first}-${last}`, shape), ...(inBf16 ? placesOf(`0-${last}.down_proj`, shape) : [])];
}

/** As the list has it. */
export function nameOfProduct(layer: number, product: Product): string {
  return `${layer}.${product}`;
}
