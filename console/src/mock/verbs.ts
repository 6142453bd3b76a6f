// What the verbs about snapshots, backups, disks and images do to a server of the mock.
import type { Act, Server } from '../api/types';
import type { Db } from './db';
import { iso } from './db';
import { Refused } from './wire';

export interface Deed {
  subject: string | null;
  effect: (server: Server) => void;
}

const DAY = 86_400_000;

/** Checks the parameters as the API does, and says what the verb will have done. */
export function deedOf(db: Db, server: Server, act: Act): Deed {
  const now = () => iso(db.now());
  switch (act.verb) {
    case 'Snapshot': {
      const name = named('snapshot', act.snapshot);
      if (server.snapshots.some((each) => each.name === name)) throw refused('snapshot', 'is taken');
      return {
        subject: name,
        effect: (s) => s.snapshots.push({ name, createdAt: now(), includesMemory: act.includeMemory ?? false }),
      };
    }
    case 'DeleteSnapshot':
    case 'Rollback': {
      const name = named('snapshot', act.snapshot);
      if (!server.snapshots.some((each) => each.name === name)) throw refused('snapshot', 'is not there');
      if (act.verb === 'Rollback') return { subject: name, effect: () => {} };
      return { subject: name, effect: (s) => (s.snapshots = s.snapshots.filter((each) => each.name !== name)) };
    }
    case 'Backup': {
      const id = `backups:backup/vzdump-qemu-${server.vmid ?? 0}-${server.backups.length + 1}.vma.zst`;
      return {
        subject: null,
        effect: (s) => s.backups.push({ id, createdAt: now(), sizeBytes: 2_147_483_648, protected: false }),
      };
    }
    case 'Restore':
    case 'DeleteBackup': {
      const id = named('backup', act.backup);
      if (!server.backups.some((each) => each.id === id)) throw refused('backup', 'is not there');
      if (act.verb === 'Restore') return { subject: id, effect: (s) => (s.snapshots = []) };
      return { subject: id, effect: (s) => (s.backups = s.backups.filter((each) => each.id !== id)) };
    }
    case 'Migrate': {
      const node = named('node', act.node);
      return { subject: node, effect: (s) => (s.node = node) };
    }
    case 'Rebuild':
      return rebuild(db, server, act);
    case 'DestroyDisk': {
      const disk = named('disk', act.disk);
      return { subject: disk, effect: (s) => (s.detachedDisks = s.detachedDisks.filter((each) => each.name !== disk)) };
    }
    default:
      return { subject: null, effect: () => {} };
  }
}

function rebuild(db: Db, server: Server, act: Act): Deed {
  const until = iso(db.now() + DAY);
  const old = { name: `root-${server.revision}`, since: iso(db.now()), until };
  if (act.disk != null) {
    const { disk } = act;
    const detach = (s: Server) => (s.detachedDisks = [...s.detachedDisks.filter((each) => each.name !== disk), old]);
    return { subject: disk, effect: detach };
  }
  const image = named('image', act.image);
  if (!db.images.some((each) => each.name === image)) throw refused('image', 'is not there');
  return {
    subject: image,
    effect: (s) => {
      s.image = image;
      s.detachedDisks.push(old);
    },
  };
}

function named(field: string, value: string | null | undefined): string {
  if (value == null || value === '') throw refused(field, 'is needed');
  return value;
}

function refused(field: string, message: string): Refused {
  return new Refused(422, 'unprocessable', 'It cannot be done like this.', [{ field, message }]);
}
