import type { ProductRate } from '#libs/tensor';
import type { NativeBinding, NativeBlas } from './native-binding.js';

/** A sound BLAS reaches seven tenths and more of what the vector units give; kernels of an older instruction set, a fifth. */
const SOUND = 0.5;

/** Times a product and the vector units, some milliseconds on all threads. */
export async function measureProducts(native: NativeBinding): Promise<ProductRate> {
  const [gflops, vectorGflops] = await native.productRates();
  return productRate(native.blas(), gflops!, vectorGflops!);
}

/** The two figures, and what to do where the first is too far below the second. */
export function productRate({ name, version, kernels }: NativeBlas, gflops: number, vectorGflops: number): ProductRate {
  const library = name === '' ? 'a BLAS that does not tell its name' : `${name} ${version}`;
  const rate = {
    library,
    ...(kernels !== '' && { kernels }),
    gflops: Math.round(gflops),
    vectorGflops: Math.round(vectorGflops),
  };
  if (gflops >= SOUND * vectorGflops) return rate;
  const taken = kernels === '' ? library : `${library} with kernels for ${kernels}`;
  const ownKernels = name === 'OpenBLAS' ? 'unset OPENBLAS_CORETYPE where it is set, ' : '';
  const advice =
    `${taken} reaches ${rate.gflops} of the ${rate.vectorGflops} GFLOP/s that this processor's vector units give: ` +
    `${ownKernels}get a newer libtorch (\`npm run libtorch\`), or free the cores of other programs`;
  return { ...rate, advice };
}
