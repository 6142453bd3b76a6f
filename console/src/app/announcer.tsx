// One polite live region for the whole console: page changes, "Copied", "Up to date".
import { useEffect, useState } from 'react';
import { useLocation } from 'react-router';

type Listener = (message: string) => void;
let listener: Listener | null = null;

/** Tells screen readers something that sighted people see for themselves. */
export function announce(message: string): void {
  listener?.(message);
}

export function Announcer() {
  const [message, setMessage] = useState('');
  const { pathname } = useLocation();
  useEffect(() => {
    listener = (next) => {
      setMessage('');
      // The same words twice are only read twice if the region was empty in between.
      requestAnimationFrame(() => setMessage(next));
    };
    return () => {
      listener = null;
    };
  }, []);
  useEffect(() => {
    // The page sets the title in its own effect, which may come with a lazy chunk.
    const timer = setTimeout(() => announce(document.title || pathname), 300);
    return () => clearTimeout(timer);
  }, [pathname]);
  return (
    <div className="sw-unseen" role="status" aria-live="polite" aria-atomic="true">
      {message}
    </div>
  );
}
