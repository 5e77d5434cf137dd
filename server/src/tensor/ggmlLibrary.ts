/**
 * @file The FFI to the ggml libraries that node-llama-cpp ships: one typed function per C function, pointers branded by what they
 * point to. Nothing else imports koffi. Data crosses only as copies (ggml_backend_tensor_set / _get): Electron allows no views.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import koffi from 'koffi';
import type { LibraryHandle } from 'koffi';
import { DraftError } from '../util/errors.ts';

declare const kind: unique symbol;
/** An address in native memory; koffi represents it as a bigint. Owned by whoever created it. */
export type Pointer<Kind extends string> = bigint & { readonly [kind]: Kind };
export type ContextPointer = Pointer<'context'>;
export type TensorPointer = Pointer<'tensor'>;
export type GraphPointer = Pointer<'graph'>;
export type BufferPointer = Pointer<'buffer'>;
export type BackendPointer = Pointer<'backend'>;
export type DevicePointer = Pointer<'device'>;

/** What a parameter or a result is, in C and in TypeScript. */
interface Kinds {
  context: ContextPointer;
  tensor: TensorPointer;
  graph: GraphPointer;
  buffer: BufferPointer;
  bufferType: Pointer<'bufferType'>;
  backend: BackendPointer;
  device: DevicePointer;
  registry: Pointer<'registry'>;
  procedure: Pointer<'procedure'>;
  allocator: Pointer<'allocator'>;
  scheduler: Pointer<'scheduler'>;
  address: bigint;
  data: NodeJS.ArrayBufferView;
  text: string;
  int: number;
  int64: number;
  size: number;
  byte: number;
  float: number;
  bool: boolean;
  nothing: undefined;
  none: null;
}
type Kind = keyof Kinds;
type Parameter = Kind | 'tensor?';
type TypeOf<K extends Parameter> = K extends 'tensor?'
  ? TensorPointer | null
  : K extends Kind
    ? Kinds[K]
    : never;

interface Signature<R extends Kind, P extends readonly Parameter[]> {
  readonly result: R;
  readonly parameters: P;
}

const f = <R extends Kind, const P extends readonly Parameter[]>(
  result: R,
  ...parameters: P
): Signature<R, P> => ({
  result,
  parameters,
});

const rope = [
  'context', 'tensor', 'tensor', 'tensor?', 'int', 'int', 'int', 'float', 'float', 'float', 'float', 'float', 'float',
] as const; // prettier-ignore

/** Exported by libggml-base. */
const baseFunctions = {
  ggml_free: f('nothing', 'context'),
  ggml_tensor_overhead: f('size'),
  ggml_graph_overhead_custom: f('size', 'size', 'bool'),
  ggml_nbytes: f('size', 'tensor'),
  ggml_op_desc: f('text', 'tensor'),
  ggml_version: f('text'),
  ggml_new_tensor_1d: f('tensor', 'context', 'int', 'int64'),
  ggml_new_tensor_2d: f('tensor', 'context', 'int', 'int64', 'int64'),
  ggml_set_input: f('nothing', 'tensor'),
  ggml_set_output: f('nothing', 'tensor'),
  ggml_add: f('tensor', 'context', 'tensor', 'tensor'),
  ggml_add_inplace: f('tensor', 'context', 'tensor', 'tensor'),
  ggml_sub: f('tensor', 'context', 'tensor', 'tensor'),
  ggml_mul: f('tensor', 'context', 'tensor', 'tensor'),
  ggml_div: f('tensor', 'context', 'tensor', 'tensor'),
  ggml_scale: f('tensor', 'context', 'tensor', 'float'),
  ggml_scale_bias: f('tensor', 'context', 'tensor', 'float', 'float'),
  ggml_silu: f('tensor', 'context', 'tensor'),
  ggml_swiglu_split: f('tensor', 'context', 'tensor', 'tensor'),
  ggml_rms_norm: f('tensor', 'context', 'tensor', 'float'),
  ggml_rms_norm_back: f('tensor', 'context', 'tensor', 'tensor', 'float'),
  ggml_mul_mat: f('tensor', 'context', 'tensor', 'tensor'),
  ggml_out_prod: f('tensor', 'context', 'tensor', 'tensor'),
  ggml_cpy: f('tensor', 'context', 'tensor', 'tensor'),
  ggml_cast: f('tensor', 'context', 'tensor', 'int'),
  ggml_cont: f('tensor', 'context', 'tensor'),
  ggml_reshape_2d: f('tensor', 'context', 'tensor', 'int64', 'int64'),
  ggml_reshape_3d: f('tensor', 'context', 'tensor', 'int64', 'int64', 'int64'),
  ggml_view_3d: f('tensor', 'context', 'tensor', 'int64', 'int64', 'int64', 'size', 'size', 'size'),
  ggml_permute: f('tensor', 'context', 'tensor', 'int', 'int', 'int', 'int'),
  ggml_transpose: f('tensor', 'context', 'tensor'),
  ggml_get_rows: f('tensor', 'context', 'tensor', 'tensor'),
  ggml_set_rows: f('tensor', 'context', 'tensor', 'tensor', 'tensor'),
  ggml_soft_max: f('tensor', 'context', 'tensor'),
  ggml_soft_max_ext: f('tensor', 'context', 'tensor', 'tensor?', 'float', 'float'),
  ggml_soft_max_ext_back: f('tensor', 'context', 'tensor', 'tensor', 'float', 'float'),
  ggml_flash_attn_ext: f(
    'tensor',
    'context',
    'tensor',
    'tensor',
    'tensor',
    'tensor',
    'float',
    'float',
    'float',
  ),
  ggml_sum_rows: f('tensor', 'context', 'tensor'),
  ggml_rope_ext: f('tensor', ...rope),
  ggml_rope_ext_back: f('tensor', ...rope),
  ggml_new_graph_custom: f('graph', 'context', 'size', 'bool'),
  ggml_build_forward_expand: f('nothing', 'graph', 'tensor'),
  ggml_graph_n_nodes: f('int', 'graph'),
  ggml_graph_node: f('tensor', 'graph', 'int'),
  ggml_gallocr_new: f('allocator', 'bufferType'),
  ggml_gallocr_free: f('nothing', 'allocator'),
  ggml_gallocr_alloc_graph: f('bool', 'allocator', 'graph'),
  ggml_gallocr_get_buffer_size: f('size', 'allocator', 'int'),
  ggml_backend_alloc_ctx_tensors: f('buffer', 'context', 'backend'),
  ggml_backend_alloc_buffer: f('buffer', 'backend', 'size'),
  ggml_backend_buffer_get_base: f('address', 'buffer'),
  ggml_backend_buffer_get_size: f('size', 'buffer'),
  ggml_backend_buffer_set_usage: f('nothing', 'buffer', 'int'),
  ggml_backend_buffer_free: f('nothing', 'buffer'),
  ggml_backend_tensor_alloc: f('int', 'buffer', 'tensor', 'address'),
  ggml_backend_get_default_buffer_type: f('bufferType', 'backend'),
  ggml_backend_graph_compute: f('int', 'backend', 'graph'),
  ggml_backend_free: f('nothing', 'backend'),
  ggml_backend_name: f('text', 'backend'),
  ggml_backend_tensor_set: f('nothing', 'tensor', 'data', 'size', 'size'),
  ggml_backend_tensor_get: f('nothing', 'tensor', 'data', 'size', 'size'),
  ggml_backend_tensor_memset: f('nothing', 'tensor', 'byte', 'size', 'size'),
  ggml_backend_dev_init: f('backend', 'device', 'none'),
  ggml_backend_dev_name: f('text', 'device'),
  ggml_backend_dev_description: f('text', 'device'),
  ggml_backend_dev_type: f('int', 'device'),
  ggml_backend_dev_supports_op: f('bool', 'device', 'tensor'),
  ggml_backend_dev_backend_reg: f('registry', 'device'),
  ggml_backend_reg_get_proc_address: f('procedure', 'registry', 'text'),
  ggml_backend_sched_new: f('scheduler', 'data', 'none', 'int', 'size', 'bool', 'bool'),
  ggml_backend_sched_free: f('nothing', 'scheduler'),
  ggml_backend_sched_reset: f('nothing', 'scheduler'),
  ggml_backend_sched_alloc_graph: f('bool', 'scheduler', 'graph'),
  ggml_backend_sched_graph_compute: f('int', 'scheduler', 'graph'),
  ggml_backend_sched_get_buffer_size: f('size', 'scheduler', 'backend'),
};

/** Exported by libggml, which knows the registry of backends. */
const registryFunctions = {
  ggml_backend_load: f('registry', 'text'),
  ggml_backend_dev_count: f('size'),
  ggml_backend_dev_get: f('device', 'size'),
};

type Bound<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends Signature<infer R, infer P>
    ? (...args: { [I in keyof P]: P[I] extends Parameter ? TypeOf<P[I]> : never }) => TypeOf<R>
    : never;
};

/** All functions, by their C names, and what needs more than a signature. */
export type Ggml = Bound<typeof baseFunctions> &
  Bound<typeof registryFunctions> & {
    readonly directory: string;
    /** A context without data: it holds only the descriptions of tensors and a graph. */
    ggml_init(sizeBytes: number): ContextPointer;
    /** Calls the backend's own thread setter, which is reached through its registry; false where it has none. */
    setThreads(backend: BackendPointer, device: DevicePointer, threads: number): boolean;
  };

const cNames: Readonly<Partial<Record<Parameter, string>>> = {
  text: 'str',
  int: 'int',
  int64: 'int64_t',
  size: 'size_t',
  byte: 'uint8_t',
  float: 'float',
  bool: 'bool',
  nothing: 'void',
};
const cName = (parameter: Parameter): string => cNames[parameter] ?? 'void*';

let bound: Ggml | undefined; // A library can be in a process once: its registry of backends is global, and so is this.

/**
 * Loads libggml-base, libggml and the best CPU backend from `directory`, plus the GPU backends beside them when asked for.
 * @throws DraftError `unsupportedPlatform` when a library is missing or does not have the expected functions
 */
export function loadGgml(directory: string, withGpu: boolean): Ggml {
  if (bound !== undefined) {
    if (bound.directory === directory) return bound;
    throw new DraftError(
      'unsupportedPlatform',
      `The ggml libraries are already loaded from ${bound.directory}.`,
    );
  }
  try {
    bound = bind(directory, withGpu);
    return bound;
  } catch (cause) {
    if (cause instanceof DraftError) throw cause;
    throw new DraftError('unsupportedPlatform', `The ggml libraries in ${directory} cannot be used.`, {
      cause,
    });
  }
}

function bind(directory: string, withGpu: boolean): Ggml {
  const files = readdirSync(directory);
  const pathOf = (pattern: RegExp): string => {
    const name = files.find((file) => pattern.test(file));
    if (name === undefined) throw new Error(`${directory} has no ${pattern.source}`);
    return join(directory, name);
  };
  const base = koffi.load(pathOf(/^(lib)?ggml-base\.(so|dylib|dll)$/), { global: true });
  const registry = koffi.load(pathOf(/^(lib)?ggml(\.[a-z]+)?(\.v[\d.]+)?\.(so|dylib|dll)$/), {
    global: true,
  });
  const bindAll = (
    library: LibraryHandle,
    table: Readonly<Record<string, Signature<Kind, readonly Parameter[]>>>,
  ): object =>
    Object.fromEntries(
      Object.entries(table).map(([name, { result, parameters }]) => [
        name,
        library.func(name, cName(result), parameters.map(cName)),
      ]),
    );
  const initParameters = koffi.struct({ mem_size: 'size_t', mem_buffer: 'void*', no_alloc: 'bool' });
  const init = base.func('ggml_init', 'void*', [initParameters]);
  const setThreadsType = koffi.proto('void', ['void*', 'int']);
  const functions = { ...bindAll(base, baseFunctions), ...bindAll(registry, registryFunctions) } as Bound<
    typeof baseFunctions
  > &
    Bound<typeof registryFunctions>; // exactly the names and kinds of the two tables
  functions.ggml_backend_load(bestCpuVariant(directory, files));
  if (withGpu)
    for (const name of files.filter(isGpuBackend)) functions.ggml_backend_load(join(directory, name));
  return {
    ...functions,
    directory,
    ggml_init: (sizeBytes) =>
      init({ mem_size: sizeBytes, mem_buffer: null, no_alloc: true }) as ContextPointer, // ggml aborts rather than return null
    setThreads: (backend, device, threads) => {
      const owner = functions.ggml_backend_dev_backend_reg(device);
      const setter = functions.ggml_backend_reg_get_proc_address(owner, 'ggml_backend_set_n_threads') as
        bigint | null;
      if (setter === null) return false;
      koffi.call(setter, setThreadsType, backend, threads);
      return true;
    },
  };
}

const isGpuBackend = (file: string): boolean => /^(lib)?ggml-(cuda|vulkan|metal)\.(so|dylib|dll)$/.test(file);

/** As ggml_backend_load_best does: every variant scores itself on this processor; 0 means that it cannot run here. */
function bestCpuVariant(directory: string, files: readonly string[]): string {
  let best = { path: '', score: 0 };
  for (const file of files) {
    if (!/^(lib)?ggml-cpu(-[\w.]+)?\.(so|dylib|dll)$/.test(file)) continue;
    const path = join(directory, file);
    const score = scoreOf(path);
    if (score > best.score) best = { path, score };
  }
  if (best.score === 0) {
    throw new DraftError('unsupportedPlatform', `${directory} has no CPU backend for this processor.`);
  }
  return best.path;
}

function scoreOf(path: string): number {
  const library = koffi.load(path);
  try {
    return Number(library.func('ggml_backend_score', 'int', [])());
  } catch {
    return 1; // the only build of its platform exports no score
  } finally {
    library.unload();
  }
}
