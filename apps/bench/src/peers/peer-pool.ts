import { readFileSync } from 'node:fs';
import type { Peer } from './peer.js';
import type { PeerProcess } from './peer-process.js';

/** Memory that stays free for the page cache and the load generator. */
const RESERVE_GIB = 2;

type Start = (peer: Peer) => Promise<PeerProcess>;
type AvailableGib = () => number;

/**
 * One server runs at a time; the others stand still, so that they take no core and need no new start. Where memory is short,
 * the one used last ends first: peers take turns, so it is needed again latest.
 */
export class PeerPool {
  /** In the order of their last use. */
  private readonly alive = new Map<Peer, PeerProcess>();

  constructor(
    private readonly start: Start,
    private readonly availableGib: AvailableGib = availableMemoryGib,
  ) {}

  /** The peer's server, running, and whether it was started for this. */
  async use(peer: Peer): Promise<{ readonly server: PeerProcess; readonly isNew: boolean }> {
    for (const other of this.alive.values()) other.pause();
    const kept = this.alive.get(peer);
    if (kept !== undefined) {
      this.alive.delete(peer);
      this.alive.set(peer, kept);
      kept.resume();
      return { server: kept, isNew: false };
    }
    await this.makeRoom(peer.memoryGib);
    const server = await this.start(peer);
    this.alive.set(peer, server);
    return { server, isNew: true };
  }

  async drop(peer: Peer): Promise<void> {
    const server = this.alive.get(peer);
    this.alive.delete(peer);
    await server?.stop();
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.alive.keys()].map((peer) => this.drop(peer)));
  }

  private async makeRoom(neededGib: number): Promise<void> {
    while (this.alive.size > 0 && this.availableGib() < neededGib + RESERVE_GIB) {
      await this.drop([...this.alive.keys()].at(-1)!);
    }
  }
}

function availableMemoryGib(): number {
  const kib = /^MemAvailable:\s+(?<kib>\d+) kB/mu.exec(readFileSync('/proc/meminfo', 'utf8'))?.groups?.['kib'];
  return Number(kib) / 2 ** 20;
}
