import { start } from '../i18n/start';
import type { School } from '../lib/api';
import { now } from '../lib/clock';
import { Mark } from '../parts/Mark';

const HOUR_MS = 3600_000;
// Made each night as it should be, a backup is never much older than a day.
const FRESH_MS = 36 * HOUR_MS;
const OLD_MS = 7 * 24 * HOUR_MS;

type BackupState = 'none' | 'old' | 'aging' | 'fresh';
export function backupState(backup: School['backup'], at = now.value): BackupState {
  if (!backup) return 'none';
  const age = at - new Date(backup.time).getTime();
  return age > OLD_MS ? 'old' : age > FRESH_MS ? 'aging' : 'fresh';
}

/** Green only while a fresh one is there. */
export function BackupMark({ state }: { state: BackupState }) {
  const words = start().backup;
  switch (state) {
    case 'none': return <Mark tone="bad" shape="cross" text={words.none} />;
    case 'old': return <Mark tone="bad" shape="clock" text={words.old} />;
    case 'aging': return <Mark tone="wait" shape="clock" text={words.aging} />;
    case 'fresh': return <Mark tone="good" shape="check" text={words.fresh} />;
  }
}
