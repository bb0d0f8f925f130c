import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { Injectable, Logger } from '@nestjs/common';
import { ConfigError } from './config-error.js';
import { KeysConfig } from './sections/keys.js';

/** How often the file is looked at, at most. */
const LOOK_AGAIN_MS = 1000;
const LINE = /^(?<key>[\x21-\x7e]+)(?:\s+best-priority=(?<priority>\d{1,3}))?$/u;

/** What a key opens. */
export interface KeyRights {
  /** The lowest number, which is the highest priority, that its requests may have. */
  readonly bestPriority: number;
}

interface StoredKey extends KeyRights {
  readonly digest: Buffer;
}

/**
 * The keys that open the server: those of API_KEY, and those of API_KEY_FILE, one a line, lines with # in front left out. Behind a
 * key of the file may stand `best-priority=2`: its requests get no lower number, whatever they ask for. The file is read again when it changes, so that keys are rotated without a restart; one that cannot be read or holds no key
 * changes nothing. Only digests are kept.
 */
@Injectable()
export class ApiKeys {
  private readonly log = new Logger(ApiKeys.name);
  private readonly fixed: readonly StoredKey[];
  private fromFile: readonly StoredKey[] = [];
  private version = '';
  private lookedMs = 0;

  /** Throws a ConfigError when the file is not there or holds no key: an open or a locked server would be a surprise. */
  constructor(
    private readonly config: KeysConfig,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.fixed = config.API_KEY.map((key) => ({ digest: digest(key), bestPriority: 0 }));
    if (config.API_KEY_FILE === undefined) return;
    try {
      this.read(config.API_KEY_FILE);
    } catch (error) {
      throw new ConfigError([`API_KEY_FILE must be a file with a key a line, ${reasonOf(error)}`]);
    }
  }

  /** Undefined: no key of this server. Compares with every key, so that the time taken says nothing about which one came close. */
  rightsOf(key: string): KeyRights | undefined {
    this.lookAgain();
    const given = digest(key);
    const found = [...this.fixed, ...this.fromFile].filter((stored) => timingSafeEqual(stored.digest, given));
    return found.at(-1);
  }

  private lookAgain(): void {
    const { API_KEY_FILE: file } = this.config;
    if (file === undefined || this.now() - this.lookedMs < LOOK_AGAIN_MS) return;
    this.lookedMs = this.now();
    try {
      if (versionOf(file) === this.version) return;
      this.read(file);
      this.log.log({ keys: this.fromFile.length }, 'API_KEY_FILE was read again');
    } catch (error) {
      this.log.warn({ reason: reasonOf(error) }, 'API_KEY_FILE cannot be used, its last keys stay valid');
    }
  }

  private read(file: string): void {
    const version = versionOf(file);
    const keys = readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
    if (keys.length === 0) throw new Error('it holds none');
    this.fromFile = keys.map(storedKey);
    this.version = version;
  }
}

/** The message does not repeat the line: it may be a key. */
function storedKey(line: string): StoredKey {
  const { key, priority = '0' } = LINE.exec(line)?.groups ?? {};
  if (key === undefined) {
    throw new Error('a line is not a key of visible ASCII characters, alone or with best-priority=0 to 999 behind it');
  }
  return { digest: digest(key), bestPriority: Number(priority) };
}

/** A mounted secret is replaced by renaming: another inode, whatever its time says. */
function versionOf(file: string): string {
  const { ino, mtimeMs, size } = statSync(file);
  return `${ino}:${mtimeMs}:${size}`;
}

/** Equal lengths for the comparison, whatever was sent. */
function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
