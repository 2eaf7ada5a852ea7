// The course of a transfer as a relay: who has the baton now, and what it waits for.
import { st } from '../i18n/staff';
import type { Transfer, TransferStep } from '../lib/api';
import { number, fill } from '../lib/format';
import { Ago } from '../parts/Time';

const SHAPES: Record<TransferStep['state'], string> = {
  done: 'm5.6 10.3 2.9 2.9 5.8-6.4',
  now: 'M7 13 13 7',
  later: '',
  failed: 'm7 7 6 6m0-6-6 6',
};

function Step({ step }: { step: TransferStep }) {
  return (
    <li class={`step ${step.state}`} aria-current={step.state === 'now' ? 'step' : undefined}>
      <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
        <circle cx="10" cy="10" r="8" />
        <path d={SHAPES[step.state]} />
      </svg>
      <span class="step-name">{st().transfers.step[step.name]}</span>
      <span class="visually-hidden">: {st().transfers.stepState[step.state]}</span>
      {step.time && <span class="step-time"><Ago iso={step.time} /></span>}
    </li>
  );
}

export function Relay({ transfer }: { transfer: Transfer }) {
  const at = transfer.steps.findIndex((one) => one.state === 'now' || one.state === 'failed');
  const now = transfer.steps[at];
  const { progress } = transfer;
  const over = transfer.state === 'accepted' || !progress;
  return (
    <>
      <ol class="relay" aria-label={st().transfers.steps}>
        {transfer.steps.map((one) => <Step key={one.name} step={one} />)}
      </ol>
      {now && (
        <p class="relay-now">
          {fill(st().transfers.stepOf, { n: number(at + 1), total: number(transfer.steps.length), name: st().transfers.step[now.name] })}
        </p>
      )}
      {now?.waits_for && <p class="waits">{st().transfers.waits[now.waits_for]}</p>}
      {!over && (
        <div class="progress">
          <progress value={progress.have} max={Math.max(progress.total, 1)} aria-label={st().transfers.step.cascade} />
          <span>{fill(st().transfers.progress, { have: number(progress.have), total: number(progress.total) })}</span>
        </div>
      )}
    </>
  );
}
