import { QueryClientProvider } from '@tanstack/react-query';
import { Suspense, useEffect, useState } from 'react';
import { BrowserRouter, Navigate, Route, Routes } from 'react-router';
import { start } from '../api/session';
import { paths } from '../paths';
import { publicRoutes } from '../routes';
import { Announcer } from './announcer';
import { CrashBoundary } from './CrashBoundary';
import { makeQueryClient } from './query-client';
import { SignedIn } from './SignedIn';
import { Toasts } from './toasts';

/** The whole console. */
export function App() {
  return (
    <BrowserRouter>
      <Console />
    </BrowserRouter>
  );
}

/** Everything but the router, which tests bring themselves. */
export function Console() {
  const [client] = useState(makeQueryClient);
  useEffect(() => {
    void start();
  }, []);
  return (
    <QueryClientProvider client={client}>
      <CrashBoundary>
        <Suspense fallback={null}>
          <Routes>
            <Route path="/" element={<Navigate replace to={paths.servers()} />} />
            {publicRoutes.map(({ path, Component }) => (
              <Route key={path} path={path} element={<Component />} />
            ))}
            <Route path="*" element={<SignedIn />} />
          </Routes>
        </Suspense>
      </CrashBoundary>
      <Toasts />
      <Announcer />
    </QueryClientProvider>
  );
}
