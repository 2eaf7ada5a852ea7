// A public page: asked for anew every few seconds, never kept, and blank as soon as nothing is permitted any more.
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n';
import { api, type PublicPage } from '../lib/api';
import { PublicLine } from '../parts/PublicLine';
import { Empty } from '../parts/States';

const AGAIN_MS = 3000;

type Shown = PublicPage | 'asking' | 'nothing';

async function ask(token: string): Promise<Shown> {
  try {
    const { data } = await api.GET('/api/v1/public/{token}', { params: { path: { token } }, cache: 'no-store' });
    return data ?? 'nothing';
  } catch {
    return 'nothing'; // who cannot be asked has permitted nothing
  }
}

function useFresh(token: string) {
  const [shown, setShown] = useState<Shown>('asking');
  useEffect(() => {
    let stopped = false;
    let timer = 0;
    const round = async () => {
      const next = await ask(token);
      if (stopped) return;
      setShown(next);
      timer = window.setTimeout(() => void round(), AGAIN_MS);
    };
    void round();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [token]);
  return shown;
}

export function Public({ token }: { token: string }) {
  const page = useFresh(token);
  const title = typeof page === 'string' ? '' : page.title ? `${t().publicPage.classSite} ${page.title}` : page.people[0]?.name ?? '';
  useEffect(() => { document.title = title ? `${title} · ${t().app}` : t().app; }, [title]);
  if (page === 'asking') return <main class="public" aria-busy="true" />;
  if (page === 'nothing') return <main class="public"><Empty title={t().publicPage.nothing} /></main>;
  return (
    <main class="public">
      <h1>{title}</h1>
      <p class="hint">{page.school}</p>
      {page.people.map((person, i) => (
        <section key={i}>
          {page.about === 'class' && <h2>{person.name}</h2>}
          <ul class="public-list">{[...person.entries].sort((a, b) => b.period - a.period).map((entry, k) => <PublicLine key={k} entry={entry} />)}</ul>
        </section>
      ))}
    </main>
  );
}
