import { t } from '../i18n';
import { api, csrfHeader, ok } from '../lib/api';
import { useForm } from '../lib/form';
import { refresh, useResource } from '../lib/resource';
import { ErrorSummary } from '../parts/ErrorSummary';
import { Qr } from '../parts/Qr';
import { Secret } from '../parts/Secret';
import { Loaded } from '../parts/States';

type Whose = 'students' | 'staff' | 'classes';
type Path = '/api/v1/students/{id}/page';

/** The public page of a student, a teacher or a class: closed, or open at an address of its own. */
export function OpenPage({ whose, id, explain }: { whose: Whose; id: string; explain: string }) {
  const key = `page/${whose}/${id}`;
  const at = `/api/v1/${whose}/${id}/page` as Path;
  const page = useResource(key, () => ok(api.GET(at, { params: { path: { id } } })));
  const form = useForm();
  const set = (open: boolean) => form.submit(async () => {
    await ok(api.PUT(at, { params: { path: { id }, header: csrfHeader() }, body: { open } }));
    refresh(key);
  });
  return (
    <Loaded of={page} retry={key}>
      {(data) => (
        <>
          <p class="lead">{explain}</p>
          <ErrorSummary errors={form.errors()} />
          {data.open ? (
            <>
              <Secret label={t().openPage.address} text={`${location.origin}${data.address}`} codeLike />
              <Qr text={`${location.origin}${data.address}`} label={t().openPage.address} />
              <div class="actions">
                <a class="button" href={data.address!} target="_blank" rel="noreferrer">{t().openPage.look}</a>
                <button type="button" class="button" disabled={form.busy()} onClick={() => void set(false)()}>{t().openPage.close}</button>
              </div>
            </>
          ) : <button type="button" class="button primary" disabled={form.busy()} onClick={() => void set(true)()}>{t().openPage.open}</button>}
        </>
      )}
    </Loaded>
  );
}
