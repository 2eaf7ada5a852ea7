import { t } from '../i18n';
import { api, ok } from '../lib/api';
import { dateTime } from '../lib/format';
import { useResource } from '../lib/resource';
import { Empty, Loaded } from '../parts/States';

/** Who changed something, and who looked from afar. */
export function Looks({ id }: { id: string }) {
  const looks = useResource(`student/${id}/looks`, () => ok(api.GET('/api/v1/students/{id}/looks', { params: { path: { id }, query: { limit: 100 } } })));
  const did = (what: string) => (what.startsWith('GET') ? t().looks.read : what.includes('verdicts') ? t().looks.judged : what.includes('files') ? t().looks.file : t().looks.wrote);
  return (
    <>
      <p class="lead">{t().looks.lead}</p>
      <Loaded of={looks} retry={`student/${id}/looks`}>
        {(data) => data.items.length === 0 ? <Empty title={t().looks.empty} /> : (
          <ul class="rows">
            {data.items.map((one) => (
              <li key={one.seq} class="row">
                <span><strong>{one.name ?? t().looks.server}</strong>{one.role in t().roles && `, ${(t().roles as Record<string, string>)[one.role]}`}<br /><span class="soft">{did(one.what)}</span></span>
                <time class="soft" dateTime={one.time}>{dateTime(one.time)}</time>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </>
  );
}
