/**
 * @file Where graphs are computed: the CPU alone, or a GPU with the CPU for what it lacks. Opened by the forked trainer, the tests
 * and the benchmarks; everything native that is made with it must be disposed before it.
 */
import { F32, Graph, Q8_0 } from './graph.ts';
import type { HostArray, Tensor } from './graph.ts';
import { loadGgml } from './ggmlLibrary.ts';
import type { BackendPointer, DevicePointer, Ggml, GraphPointer, Pointer } from './ggmlLibrary.ts';
import { libraryDirectories } from './libraryDirectory.ts';
import type { Disposable } from '../util/dispose.ts';
import { DraftError } from '../util/errors.ts';

export interface BackendOptions {
  readonly threads: number;
  /** A folder with the ggml libraries; default: node-llama-cpp's package for this platform. */
  readonly directory?: string;
  /** 'cpu' (default); 'auto': a GPU if a shipped backend finds one; 'cpuTwice': two CPU backends behind the scheduler, for tests. */
  readonly device?: 'cpu' | 'auto' | 'cpuTwice';
}

interface OpenDevice {
  readonly device: DevicePointer;
  readonly backend: BackendPointer;
}

const deviceTypeCpu = 0;
const isGpuType = (type: number): boolean => type === 1 || type === 2; // discrete, integrated
const schedulerNodes = 8192;

/** @throws DraftError `unsupportedPlatform` when the libraries are missing or answer wrongly */
export function openBackend(options: BackendOptions): ComputeBackend {
  const wantGpu = options.device === 'auto';
  const directories = options.directory === undefined ? libraryDirectories() : [options.directory];
  const directory = wantGpu ? directories[0] : directories.at(-1);
  const ggml = loadGgml(directory!, wantGpu); // libraryDirectories never answers an empty list
  const open = (device: DevicePointer): OpenDevice => ({
    device,
    backend: ggml.ggml_backend_dev_init(device, null),
  });
  const devices = Array.from({ length: ggml.ggml_backend_dev_count() }, (_, i) =>
    ggml.ggml_backend_dev_get(i),
  );
  const cpu = devices.find((device) => ggml.ggml_backend_dev_type(device) === deviceTypeCpu);
  if (cpu === undefined) throw new DraftError('unsupportedPlatform', 'ggml found no CPU.');
  const gpu = wantGpu ? devices.find((device) => isGpuType(ggml.ggml_backend_dev_type(device))) : undefined;
  const chosen = [open(cpu)];
  if (gpu !== undefined) chosen.unshift(open(gpu));
  else if (options.device === 'cpuTwice') chosen.unshift(open(cpu));
  const backend = new ComputeBackend(ggml, chosen);
  backend.setThreads(options.threads);
  selfTest(backend);
  return backend;
}

export class ComputeBackend implements Disposable {
  readonly ggml: Ggml;
  /** Preferred first; the last is the CPU. */
  readonly #devices: readonly OpenDevice[];
  readonly #placement: DirectPlacement | ScheduledPlacement;
  readonly #seen = new Set<string>();
  readonly #fallbacks = new Set<string>();

  constructor(ggml: Ggml, devices: readonly OpenDevice[]) {
    this.ggml = ggml;
    this.#devices = devices;
    this.#placement =
      devices.length === 1
        ? new DirectPlacement(ggml, devices[0]!.backend) // length 1
        : new ScheduledPlacement(
            ggml,
            devices.map(({ backend }) => backend),
          );
  }

  /** The backend that holds weights and activations. */
  get primary(): BackendPointer {
    return this.#devices[0]!.backend; // at least the CPU
  }

  /** Such as "CPU: AMD EPYC …". */
  get description(): string {
    const { device } = this.#devices[0]!; // at least the CPU
    return `${this.ggml.ggml_backend_dev_name(device)}: ${this.ggml.ggml_backend_dev_description(device)}`;
  }

  /** Operations that the preferred device lacks and the CPU computes instead. */
  get fallbackOperations(): readonly string[] {
    return [...this.#fallbacks];
  }

  /** Bytes that graphs take for their intermediate results, at most so far. */
  get scratchBytes(): number {
    return this.#placement.sizeBytes;
  }

  setThreads(threads: number): void {
    for (const { backend, device } of this.#devices) this.ggml.setThreads(backend, device, threads);
  }

  graph(maxNodes: number): Graph {
    return new Graph(this, maxNodes);
  }

  /** Called by {@link Graph.compute}. `label` names the kind of graph; its operations are checked the first time. */
  compute(graph: GraphPointer, inputs: readonly [Tensor, HostArray][], label: string): void {
    if (!this.#seen.has(label)) this.#checkOperations(graph, label);
    if (!this.#placement.allocate(graph)) {
      throw new DraftError('outOfMemory', `No memory for the computation of a ${label}.`);
    }
    for (const [tensor, data] of inputs) this.ggml.ggml_backend_tensor_set(tensor, data, 0, data.byteLength);
    const status = this.#placement.compute(graph);
    if (status !== 0)
      throw new DraftError('trainingFailed', `ggml failed on a ${label} with status ${status}.`);
  }

  /** Gives the memory of intermediate results back; the next graph takes what it needs. */
  releaseScratch(): void {
    this.#placement.release();
  }

  dispose(): void {
    this.#placement.dispose();
    for (const { backend } of this.#devices) this.ggml.ggml_backend_free(backend);
  }

  #checkOperations(graph: GraphPointer, label: string): void {
    this.#seen.add(label);
    const { device } = this.#devices[0]!; // at least the CPU
    const { ggml } = this;
    for (let i = 0; i < ggml.ggml_graph_n_nodes(graph); i++) {
      const node = ggml.ggml_graph_node(graph, i);
      if (!ggml.ggml_backend_dev_supports_op(device, node)) this.#fallbacks.add(ggml.ggml_op_desc(node));
    }
  }
}

/** One backend, one graph allocator. */
class DirectPlacement implements Disposable {
  readonly #ggml: Ggml;
  readonly #backend: BackendPointer;
  #allocator: Pointer<'allocator'>;

  constructor(ggml: Ggml, backend: BackendPointer) {
    this.#ggml = ggml;
    this.#backend = backend;
    this.#allocator = this.#newAllocator();
  }

  get sizeBytes(): number {
    return this.#ggml.ggml_gallocr_get_buffer_size(this.#allocator, 0);
  }

  allocate(graph: GraphPointer): boolean {
    return this.#ggml.ggml_gallocr_alloc_graph(this.#allocator, graph);
  }

  compute(graph: GraphPointer): number {
    return this.#ggml.ggml_backend_graph_compute(this.#backend, graph);
  }

  release(): void {
    this.dispose();
    this.#allocator = this.#newAllocator();
  }

  dispose(): void {
    this.#ggml.ggml_gallocr_free(this.#allocator);
  }

  #newAllocator(): Pointer<'allocator'> {
    return this.#ggml.ggml_gallocr_new(this.#ggml.ggml_backend_get_default_buffer_type(this.#backend));
  }
}

/** Several backends behind ggml's scheduler, which gives each operation to the first that supports it. */
class ScheduledPlacement implements Disposable {
  readonly #ggml: Ggml;
  readonly #backends: readonly BackendPointer[];
  #scheduler: Pointer<'scheduler'>;

  constructor(ggml: Ggml, backends: readonly BackendPointer[]) {
    this.#ggml = ggml;
    this.#backends = backends;
    this.#scheduler = this.#newScheduler();
  }

  get sizeBytes(): number {
    return this.#backends.reduce(
      (sum, backend) => sum + this.#ggml.ggml_backend_sched_get_buffer_size(this.#scheduler, backend),
      0,
    );
  }

  allocate(graph: GraphPointer): boolean {
    this.#ggml.ggml_backend_sched_reset(this.#scheduler);
    return this.#ggml.ggml_backend_sched_alloc_graph(this.#scheduler, graph);
  }

  compute(graph: GraphPointer): number {
    return this.#ggml.ggml_backend_sched_graph_compute(this.#scheduler, graph);
  }

  release(): void {
    this.dispose();
    this.#scheduler = this.#newScheduler();
  }

  dispose(): void {
    this.#ggml.ggml_backend_sched_free(this.#scheduler);
  }

  #newScheduler(): Pointer<'scheduler'> {
    const list = BigUint64Array.from(this.#backends);
    return this.#ggml.ggml_backend_sched_new(list, null, list.length, schedulerNodes, false, false);
  }
}

/** A 2×2 product and a round through Q8_0: a library with another ABI does not answer as expected and is refused. */
function selfTest(backend: ComputeBackend): void {
  const graph = backend.graph(16);
  try {
    const a = graph.input(Float32Array.of(1, 2, 3, 4), F32, 2, 2);
    const b = graph.input(Float32Array.of(5, 6, 7, 8), F32, 2, 2);
    const product = graph.output(graph.mulMat(a, b)); // [2, 2]
    const ramp = Float32Array.from({ length: 32 }, (_, i) => (i - 16) / 16);
    const quantised = graph.cast(graph.input(ramp, F32, 32), Q8_0);
    const back = graph.output(graph.cast(quantised, F32));
    graph.compute('self test');
    const productIsRight = graph.readFloats(product, 4).every((x, i) => x === [17, 39, 23, 53][i]);
    const roundIsRight = graph.readFloats(back, 32).every((x, i) => Math.abs(x - (ramp[i] ?? NaN)) < 0.005);
    if (!productIsRight || !roundIsRight) {
      throw new DraftError(
        'unsupportedPlatform',
        `ggml ${backend.ggml.ggml_version()} computes wrongly here.`,
      );
    }
  } finally {
    graph.dispose();
  }
}
