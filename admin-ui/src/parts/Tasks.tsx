import { number, plural, type Forms } from '../lib/format';
import { Icon } from './Icon';
import { Link } from './Link';

export type Task = { key: string; count: number; forms: Forms; href: string; about: string };

/** What waits, most pressing first: a large count, what it is, whom it is about. */
export function TaskList({ tasks }: { tasks: Task[] }) {
  return (
    <ul class="tasks">
      {tasks.map((task) => (
        <li key={task.key}>
          <Link href={task.href} class="task">
            <span class="task-count">{number(task.count)}</span>
            <span class="task-text">
              <strong>{plural(task.count, task.forms)}</strong>
              <span>{task.about}</span>
            </span>
            <Icon name="down" />
          </Link>
        </li>
      ))}
    </ul>
  );
}
