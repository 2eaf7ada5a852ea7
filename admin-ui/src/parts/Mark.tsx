// One vocabulary of marks: a shape, a word and a colour, never the colour alone.
import { t } from '../i18n';
import type { Custody, EntryStatus } from '../lib/api';

export type Tone = 'good' | 'wait' | 'bad' | 'calm' | 'move';
export type Shape = 'check' | 'clock' | 'return' | 'cross' | 'ring' | 'split' | 'arrow' | 'lock';

const GLYPHS: Record<Shape, string> = {
  check: 'm4.6 8.3 2.3 2.3 4.6-5',
  clock: 'M8 4.9V8.2l2.2 1.3',
  return: 'M6.4 5 4.6 6.8l1.8 1.8M4.8 6.8h4.4a2 2 0 0 1 0 4H7.4',
  cross: 'm5.6 5.6 4.8 4.8m0-4.8-4.8 4.8',
  ring: '',
  split: 'M5.4 5v6M10.6 5v6',
  arrow: 'M4.8 8h6M8.6 5.6 11 8l-2.4 2.4',
  lock: 'M5.6 7.6h4.8v3.4H5.6zM6.6 7.6V6.3a1.4 1.4 0 0 1 2.8 0v1.3',
};

export function Mark({ tone, shape, text }: { tone: Tone; shape: Shape; text: string }) {
  return (
    <span class={`mark ${tone}`}>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        {shape === 'clock' || shape === 'ring'
          ? <circle cx="8" cy="8" r="6.2" class={shape === 'ring' ? 'open dashed' : 'open'} />
          : <circle cx="8" cy="8" r="7" class="full" />}
        <path d={GLYPHS[shape]} class={shape === 'clock' ? 'open' : 'glyph'} />
      </svg>
      <span>{text}</span>
    </span>
  );
}

type ShownStatus = EntryStatus | 'confirming' | 'replaced';
const ENTRY: Record<ShownStatus, [Tone, Shape]> = {
  unconfirmed: ['wait', 'clock'],
  confirmed: ['good', 'check'],
  returned: ['bad', 'return'],
  conflict: ['bad', 'split'],
  retracted: ['calm', 'cross'],
  late: ['wait', 'clock'],
  unreadable: ['calm', 'lock'],
  unproven: ['bad', 'cross'],
  erased: ['calm', 'cross'],
  confirming: ['move', 'ring'],
  replaced: ['calm', 'arrow'],
};
export function EntryMark({ status }: { status: ShownStatus }) {
  const [tone, shape] = ENTRY[status];
  return <Mark tone={tone} shape={shape} text={t().status[status]} />;
}

const CUSTODY: Record<Exclude<Custody, 'enrolled'>, [Tone, Shape]> = {
  claimed: ['wait', 'clock'],
  released: ['move', 'arrow'],
  in_cascade: ['move', 'arrow'],
  accepted: ['good', 'check'],
  transferred: ['calm', 'arrow'],
  declined: ['calm', 'cross'],
  void: ['calm', 'cross'],
  disputed: ['bad', 'split'],
  arriving: ['move', 'arrow'],
  erased: ['calm', 'cross'],
};
/** What is the rule stands as plain words; the exceptions catch the eye. */
export function CustodyMark({ custody }: { custody: Custody }) {
  if (custody === 'enrolled') return <span class="usual">{t().custody.enrolled}</span>;
  const [tone, shape] = CUSTODY[custody];
  return <Mark tone={tone} shape={shape} text={t().custody[custody]} />;
}
