import { st } from '../i18n/staff';
import { start } from '../i18n/start';
import { fill } from '../lib/format';
import { TICKED, tick, useSetup, type Step } from '../lib/setup';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { Mark } from '../parts/Mark';
import { Page } from '../parts/Page';
import { Skeleton } from '../parts/States';
import { Replication } from '../network/Replication';
import { Identity } from './Identity';

function Row({ step, next }: { step: Step; next: boolean }) {
  const words = start().setup;
  const { title, text } = words.steps[step.name];
  const mayTick = TICKED.includes(step.name) && !step.known;
  return (
    <li class={step.done ? 'setup-step done' : next ? 'setup-step next' : 'setup-step'} aria-current={next ? 'step' : undefined}>
      <div>
        <h3>{title}</h3>
        <p class="soft">{text}</p>
      </div>
      <div class="setup-acts">
        <Mark tone={step.done ? 'good' : 'calm'} shape={step.done ? 'check' : 'ring'} text={step.done ? (step.known ? words.done : words.ticked) : words.undone} />
        {!step.done && step.name !== 'school' && <Link href={step.href} class={next ? 'button small primary' : 'button small'} label={`${words.open}: ${title}`}>{words.open}</Link>}
        {mayTick && (
          <button type="button" class="button small quiet" aria-label={`${step.ticked ? words.untick : words.tick}: ${title}`} onClick={() => tick(step.name, !step.ticked)}>
            {step.ticked ? words.untick : words.tick}
          </button>
        )}
      </div>
    </li>
  );
}

/** From first start to first class. */
export function Setup() {
  const steps = useSetup();
  const words = start().setup;
  const done = steps?.filter((one) => one.done).length ?? 0;
  const next = steps?.find((one) => !one.done);
  return (
    <Page title={words.title} lead={words.lead}>
      {!steps ? <Skeleton rows={8} /> : (
        <>
          {next ? <p role="status">{fill(words.progress, { done: String(done), of: String(steps.length) })}</p> : <p class="notice good" role="status"><Icon name="check" /><span>{words.all}. {words.allText}</span></p>}
          <progress value={done} max={steps.length} aria-label={fill(words.progress, { done: String(done), of: String(steps.length) })} />
          <ol class="setup">{steps.map((one) => <Row key={one.name} step={one} next={one === next} />)}</ol>
        </>
      )}
      <Replication />
      <section aria-labelledby="passport">
        <h2 id="passport">{st().start.identity}</h2>
        <Identity />
      </section>
      <p><Link href="/" class="button">{st().start.home}</Link></p>
    </Page>
  );
}
