// A screen that is fetched when it is first shown.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from './api';
import { Failed, Skeleton } from '../parts/States';

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [Ready, setReady] = useState<ComponentType<P> | null>(() => loaded);
    const [failed, setFailed] = useState(false);
    const fetchIt = () => {
      setFailed(false);
      load().then((one) => { loaded = one; setReady(() => one); }, () => setFailed(true));
    };
    useEffect(() => { if (!loaded) fetchIt(); }, []);
    if (Ready) return <Ready {...props} />;
    return failed ? <Failed error={new ApiError(null)} onRetry={fetchIt} /> : <Skeleton />;
  };
}
