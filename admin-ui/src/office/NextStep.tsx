import { start } from '../i18n/start';
import { fill } from '../lib/format';
import { useSetup } from '../lib/setup';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';

/** The next thing to do before the school can work, on the administrator's first page. */
export function NextStep() {
  const steps = useSetup();
  const next = steps?.find((one) => !one.done);
  if (!steps || !next) return null;
  const words = start().setup;
  return (
    <section aria-labelledby="setup">
      <h2 id="setup">{words.title}</h2>
      <Link href={next.href} class="task">
        <span class="task-count">{steps.filter((one) => one.done).length}<span class="of">/{steps.length}</span></span>
        <span class="task-text"><strong>{fill(words.next, { step: words.steps[next.name].title.toLocaleLowerCase() })}</strong><span>{words.steps[next.name].text}</span></span>
        <Icon name="down" />
      </Link>
      <Link href="/start" class="back">{words.every}</Link>
    </section>
  );
}
