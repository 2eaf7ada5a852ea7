// A screen that is fetched when it is first shown.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n';
import { ApiError } from '../lib/api';
import { Page } from './Page';
import { Failed, Skeleton } from './States';

/** part: it is no screen of its own, so it has no heading of one. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>, { part = false } = {}): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [Ready, setReady] = useState<ComponentType<P> | null>(() => loaded);
    const [failed, setFailed] = useState(false);
    const fetchIt = () => {
      setFailed(false);
      load().then((one) => { loaded = one; setReady(() => one); }, () => setFailed(true));
    };
    // Another place may have fetched it between the first drawing and now.
    useEffect(() => { if (loaded) setReady(() => loaded); else fetchIt(); }, []);
    if (Ready) return <Ready {...props} />;
    if (!failed) return <Skeleton />;
    const failure = <Failed error={new ApiError(null)} onRetry={fetchIt} />;
    return part ? failure : <Page title={t().problems.loadFailed}>{failure}</Page>;
  };
}
