// Generated from api/openapi.json by `npm run generate`. Do not edit.

export interface paths {
    "/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List accounts */
        get: operations["listAccounts"];
        put?: never;
        /** Make an account */
        post: operations["createAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an account */
        get: operations["showAccount"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Rename an account; its slug and namespace stay */
        patch: operations["updateAccount"];
        trace?: never;
    };
    "/v1/accounts/{id}/credits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List an account's credit movements from before the cut-over */
        get: operations["listCarriedCredits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List an account's invoices from before the cut-over */
        get: operations["listCarriedInvoices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/invoices/{invoiceId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an invoice from before the cut-over, with its lines */
        get: operations["showCarriedInvoice"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/memberships": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the people in an account */
        get: operations["listMemberships"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/memberships/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Add a person to an account, or change their role */
        put: operations["putMembership"];
        post?: never;
        /** Remove a person from an account */
        delete: operations["deleteMembership"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List an account's orders from before the cut-over */
        get: operations["listCarriedOrders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show who an account was before the cut-over, with its contacts */
        get: operations["showCarriedProfile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List an account's services as they were sold before the cut-over */
        get: operations["listCarriedServices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List an account's tickets from before the cut-over */
        get: operations["listCarriedTickets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/tickets/{ticketId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a ticket from before the cut-over, with its replies */
        get: operations["showCarriedTicket"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/transactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List an account's payments and refunds from before the cut-over */
        get: operations["listCarriedTransactions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log in with email and password */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the session of the refresh cookie */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchange the refresh cookie for a new access token */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/set-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set a password with a single-use link */
        post: operations["setPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the operating system images */
        get: operations["listImages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show who is logged in and to which accounts they belong */
        get: operations["showMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change your password and end your other sessions */
        put: operations["changeMyPassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/migrations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the migration's runs, newest first */
        get: operations["listMigrations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/migrations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a run of the migration, with its findings counted by code */
        get: operations["showMigration"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/migrations/{id}/findings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what a run of the migration found, in the order of the run */
        get: operations["listMigrationFindings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/networks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the networks that you may use */
        get: operations["listNetworks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/operations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List operations, newest first */
        get: operations["listOperations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/operations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an operation */
        get: operations["showOperation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the plans */
        get: operations["listPlans"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/servers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List servers: yours, or everybody's for staff */
        get: operations["listServers"];
        put?: never;
        /** Order a server */
        post: operations["createServer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/servers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a server with its conditions */
        get: operations["showServer"];
        put?: never;
        post?: never;
        /** Delete a server */
        delete: operations["deleteServer"];
        options?: never;
        head?: never;
        /** Change a server */
        patch: operations["updateServer"];
        trace?: never;
    };
    "/v1/servers/{id}/actions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Do something to a server once: power, snapshots, backups, rebuild, disks */
        post: operations["actOnServer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/servers/{id}/hand-over": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hand a server over to Git, or take it back; the server itself stays as it is */
        post: operations["handServerOver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/servers/{id}/manifest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a server as a Kubernetes manifest, to be committed to Git */
        get: operations["showServerManifest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/servers/{id}/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show what the operator would do next for a server, and what it waits for */
        get: operations["showServerPlan"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/servers/{id}/purge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Destroy a deleted server's machine before its time; nothing brings it back */
        post: operations["purgeServer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/servers/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resume a suspended server: it gets back the power that it had */
        post: operations["resumeServer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/servers/{id}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Suspend a server: it is shut down, and nobody can start it */
        post: operations["suspendServer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/servers/{id}/undelete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a deleted server back while its machine is kept */
        post: operations["undeleteServer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the sites */
        get: operations["listSites"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a site: conditions, nodes, quarantine, orphans, brakes, doctor */
        get: operations["showSite"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{name}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Acknowledge what stops a site, so that it goes on */
        post: operations["acknowledgeSite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{name}/adopt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Adopt a machine: it becomes a server without being touched */
        post: operations["adoptMachine"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sites/{name}/adoptable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a site's machines that could be adopted, by number */
        get: operations["listAdoptable"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List users */
        get: operations["listUsers"];
        put?: never;
        /** Make a user */
        post: operations["createUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a user */
        get: operations["showUser"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change a user; disabling one ends their sessions */
        patch: operations["updateUser"];
        trace?: never;
    };
    "/v1/users/{id}/set-password-link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a single-use link to set a password; earlier links of the user end */
        post: operations["createSetPasswordLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description The answer to an accepted change: nothing has happened yet, follow the operation. */
        Accepted: {
            operation: components["schemas"]["Operation"];
            server: components["schemas"]["Server"];
        };
        /** @description An access token; the refresh token is in the cookie. */
        AccessToken: {
            /** @description A JWT for `Authorization: Bearer`. */
            accessToken: string;
            /**
             * Format: int64
             * @description Seconds.
             * @example 600
             */
            expiresIn: number;
            /** @example Bearer */
            tokenType: string;
        };
        /** @description An account: one customer with its own Kubernetes namespace. */
        Account: {
            /**
             * Format: date-time
             * @description When it came from another billing system: there is history to read. Null when it was made here.
             */
            carriedOverAt: string | null;
            /** Format: date-time */
            createdAt: string;
            id: components["schemas"]["AccountId"];
            /** Format: int64 */
            memberCount: number;
            name: string;
            /** @description The Kubernetes namespace; it is made with the account's first server. */
            namespace: string;
            /** Format: int64 */
            serverCount: number;
            /** @description The name in lower case letters, digits and dashes; fixed when the account was made. */
            slug: string;
        };
        /**
         * Format: uuid
         * @description An account: one customer, one Kubernetes namespace.
         */
        AccountId: string;
        /**
         * @description What stops a site until a person says that it is right.
         * @enum {string}
         */
        Acknowledgeable: "Brake" | "InventoryShrank" | "SiteIdentityChanged" | "StateOlderThanSite";
        /** @description What was acknowledged, and whether the site knows. */
        Acknowledgement: {
            /** Format: date-time */
            at: string;
            /** @description The email of who did it. */
            by: string;
            condition: components["schemas"]["Acknowledgeable"];
            /**
             * Format: date-time
             * @description When Kubernetes took it; null: it is on its way.
             */
            deliveredAt: string | null;
            /** @description Why it is still on its way. */
            message: string | null;
        };
        /** @description What is right as it is. */
        AcknowledgeSite: {
            condition: components["schemas"]["Acknowledgeable"];
        };
        /** @description What to do, once. Each verb takes its own fields and no others. */
        Act: {
            /** @description `Restore`, `DeleteBackup`: the backup's id. */
            backup?: string | null;
            /** @description `DestroyDisk`: the detached disk. `Rebuild`: the one to put back, instead of an image. */
            disk?: string | null;
            /** @description `Rebuild`: the image to install. The old root disk stays detached for 24 hours. */
            image?: string | null;
            /** @description `Snapshot`: the running guest's memory too. */
            includeMemory?: boolean;
            /** @description `Migrate`, by staff: the node to go to. */
            node?: string | null;
            /**
             * @description `Snapshot`: a name for it. `DeleteSnapshot`, `Rollback`: which one.
             * @example before-upgrade
             */
            snapshot?: string | null;
            verb: components["schemas"]["Verb"];
        };
        /** @description A machine on Proxmox VE that is no server's. */
        Adoptable: {
            becomes: components["schemas"]["BecomesView"] | null;
            /** @description What root types on a node first, because it is not in Slipway's pool. */
            command: string | null;
            name: string;
            node: string;
            /** @description The Proxmox VE pool that it is in. */
            pool: string | null;
            running: boolean;
            /** @description Why it cannot be adopted. */
            skipped: string | null;
            /** Format: int32 */
            vmid: number;
        };
        /** @description Which machine, and whose server it becomes. */
        AdoptMachine: {
            accountId: components["schemas"]["AccountId"];
            /** @description What is installed, as far as it is known; a rebuild names it. */
            image?: string | null;
            /** @description It may be taken out of another pool of Proxmox VE. */
            movePool?: boolean;
            /** @description The server's name; the machine's when not given. */
            name?: string | null;
            /**
             * Format: int32
             * @description Its number on Proxmox VE.
             */
            vmid: number;
        };
        /** @description A setting that somebody changed by hand on the hypervisor, and who. */
        AuthoredDrift: {
            /**
             * Format: date-time
             * @description When; null: the task log does not tell.
             */
            at: string | null;
            /**
             * @description Who changed it, as Proxmox VE names people; null: its task log does not tell.
             * @example root@pam
             */
            by: string | null;
            field: string;
            found: string;
            wanted: string;
        };
        /** @description A copy of the disks on the site's backup storage. */
        Backup: {
            /** Format: date-time */
            createdAt: string;
            /** @description What `Restore` and `DeleteBackup` name. */
            id: string;
            /** @description It cannot be deleted. */
            protected: boolean;
            /**
             * Format: int64
             * @description As it is stored, compressed.
             */
            sizeBytes: number;
        };
        /** @description A server whose sizes are the machine's. */
        BecomesView: {
            /** Format: int32 */
            cores: number;
            /**
             * Format: int32
             * @description The root disk.
             */
            diskGiB: number;
            /** @description It leaves another pool, which has to be allowed. */
            leavesPool: boolean;
            /** Format: int32 */
            memoryMiB: number;
            /** @description Disks beside it. */
            moreDisks: number;
            name: string;
            /** @description Empty: the site's default. */
            networks: string[];
        };
        /**
         * @description How often a service was billed.
         * @enum {string}
         */
        BillingCycle: "free" | "one-time" | "monthly" | "quarterly" | "semi-annually" | "annually" | "biennially" | "triennially";
        /** @description How much of what destroys machines is allowed. */
        Brakes: {
            /** @description When the deletions that count began. */
            deletions: string[];
            /**
             * Format: int64
             * @description Deletions an hour that are allowed, in percent of the site's servers, and never fewer than 5.
             */
            deletionsPercent: number;
            /**
             * Format: date-time
             * @description Since when deletions wait; null: they do not.
             */
            heldSince: string | null;
            /**
             * Format: date-time
             * @description When a person released the brake last.
             */
            releasedAt: string | null;
            sweeps: string[];
            /** Format: int64 */
            sweepsPerHour: number;
        };
        /** @description Something that was sold beside a service. */
        CarriedAddon: {
            /** @description As the billing system spelled it, like the status. */
            cycle: string;
            name: string;
            /** Format: date */
            nextDue: string | null;
            price: string;
            status: string;
        };
        /** @description That somebody asked for the service's end. */
        CarriedCancellation: {
            /** Format: date-time */
            at: string | null;
            /**
             * @description As the billing system spelled it.
             * @example End of Billing Period
             */
            kind: string;
            reason: string;
        };
        /** @description Somebody who may be written to about the account. */
        CarriedContact: {
            address1: string;
            address2: string;
            city: string;
            company: string;
            country: string;
            email: string;
            firstName: string;
            lastName: string;
            phone: string;
            postcode: string;
            state: string;
        };
        /** @description A movement of credit. */
        CarriedCredit: {
            /**
             * @description In the account's currency; negative when it was used.
             * @example -4.90
             */
            amount: string;
            description: string;
            /** Format: uuid */
            id: string;
            kind: components["schemas"]["CreditKind"];
            /** Format: int64 */
            legacyId: number;
            /** Format: date */
            onDate: string | null;
        };
        /** @description A custom field's name and value. */
        CarriedField: {
            name: string;
            value: string;
        };
        /** @description What only staff may read of a profile. */
        CarriedForStaff: {
            /** @description The newest first. */
            accountNotes: components["schemas"]["CarriedNote"][];
            clientGroup: string | null;
            fields: components["schemas"]["CarriedField"][];
            notes: string;
        };
        /** @description An invoice. Amounts are decimal numbers in its currency. */
        CarriedInvoice: {
            /** @description What credit paid of it. */
            credit: string;
            /** @example EUR */
            currency: string;
            /** Format: date */
            dueOn: string | null;
            /** Format: uuid */
            id: string;
            /** Format: date */
            issuedOn: string | null;
            /** Format: int64 */
            legacyId: number;
            /** @description What people call it. */
            number: string;
            /** Format: date */
            paidOn: string | null;
            paymentMethod: string;
            /**
             * @description As the billing system spelled it: Unpaid, Paid, Cancelled, Refunded, Collections, …
             * @example Paid
             */
            status: string;
            subtotal: string;
            tax: string;
            /** @description The second tax. */
            tax2: string;
            /** @example 24.90 */
            total: string;
        };
        /** @description An invoice with its lines. */
        CarriedInvoiceDetail: {
            /** @description What credit paid of it. */
            credit: string;
            /** @example EUR */
            currency: string;
            /** Format: date */
            dueOn: string | null;
            /** Format: uuid */
            id: string;
            /** Format: date */
            issuedOn: string | null;
            /** Format: int64 */
            legacyId: number;
            /** @description What people call it. */
            number: string;
            /** Format: date */
            paidOn: string | null;
            paymentMethod: string;
            /**
             * @description As the billing system spelled it: Unpaid, Paid, Cancelled, Refunded, Collections, …
             * @example Paid
             */
            status: string;
            subtotal: string;
            tax: string;
            /** @description The second tax. */
            tax2: string;
            /** @example 24.90 */
            total: string;
        } & {
            /** @description Name and address at the time; empty when none was kept. */
            billedTo: string;
            lines: components["schemas"]["CarriedInvoiceLine"][];
            notes: string;
        };
        /** @description A line of an invoice. */
        CarriedInvoiceLine: {
            amount: string;
            description: string;
            /** Format: uuid */
            id: string;
            /**
             * @description What it is about, as the billing system spelled it.
             * @example Hosting
             */
            kind: string;
            /**
             * Format: date
             * @description The first day of what was billed.
             */
            periodFrom: string | null;
            taxed: boolean;
        };
        /** @description What staff wrote about the account. */
        CarriedNote: {
            /** Format: date-time */
            at: string | null;
            text: string;
        };
        /** @description An order. */
        CarriedOrder: {
            /** @example 24.90 */
            amount: string;
            /** Format: uuid */
            id: string;
            /**
             * Format: int64
             * @description The number of its invoice there.
             */
            invoiceLegacyId: number | null;
            /** Format: int64 */
            legacyId: number;
            number: string;
            /** Format: date-time */
            orderedAt: string | null;
            /** @description As the billing system spelled it. */
            status: string;
        };
        /** @description An account as the billing system knew it. */
        CarriedProfile: {
            accountId: components["schemas"]["AccountId"];
            address1: string;
            address2: string;
            /**
             * Format: date-time
             * @description The cut-over; before it, when the last run ended.
             */
            carriedOverAt: string | null;
            city: string;
            company: string;
            contacts: components["schemas"]["CarriedContact"][];
            /** @example DE */
            country: string;
            /**
             * @description May be negative.
             * @example 12.00
             */
            credit: string;
            /** @example EUR */
            currency: string;
            /** Format: date */
            customerSince: string | null;
            email: string;
            firstName: string;
            forStaff: components["schemas"]["CarriedForStaff"] | null;
            lastName: string;
            /**
             * Format: int64
             * @description The client's number there.
             */
            legacyId: number;
            phone: string;
            postcode: string;
            state: string;
            status: string;
            taxId: string;
        };
        /** @description A reply to a ticket. */
        CarriedReply: {
            /** Format: date-time */
            at: string | null;
            author: string;
            byStaff: boolean;
            /** Format: uuid */
            id: string;
            /** @description Plain text. */
            message: string;
        };
        /** @description A service: the machine as it was sold, and its contract. Amounts are decimal numbers in its currency. */
        CarriedService: {
            addons: components["schemas"]["CarriedAddon"][];
            addresses: string[];
            cancellations: components["schemas"]["CarriedCancellation"][];
            /** Format: int32 */
            cores: number | null;
            /** @example EUR */
            currency: string;
            cycle: components["schemas"]["BillingCycle"];
            /** Format: int32 */
            diskGiB: number | null;
            hostname: string | null;
            /** Format: uuid */
            id: string;
            image: string | null;
            /** Format: int64 */
            legacyId: number;
            /** Format: int32 */
            memoryMiB: number | null;
            /** Format: date */
            nextDue: string | null;
            /** @description For staff only. */
            notes: string | null;
            paymentMethod: string;
            plan: string | null;
            /**
             * @description For one period, without addons and tax.
             * @example 24.90
             */
            price: string;
            product: string;
            /** Format: int32 */
            quantity: number;
            region: string | null;
            /** Format: date */
            registeredOn: string | null;
            serverId: components["schemas"]["ServerId"] | null;
            status: components["schemas"]["ServiceStatus"];
            /** @description Empty when it was not suspended. */
            suspendReason: string;
            /** @description Why no machine was linked to the server; for staff only. */
            unlinkedReason: string | null;
        };
        /** @description A ticket. */
        CarriedTicket: {
            department: string;
            /** Format: uuid */
            id: string;
            /** Format: int64 */
            legacyId: number;
            /**
             * Format: int64
             * @description `legacyId` of the ticket that it was merged into.
             */
            mergedInto: number | null;
            /**
             * @description What people call it.
             * @example ABC-123456
             */
            number: string;
            /** Format: date-time */
            openedAt: string | null;
            priority: string;
            /**
             * Format: int64
             * @description `legacyId` of the service that it was about.
             */
            serviceLegacyId: number | null;
            /** @description As the billing system spelled it, like the priority. */
            status: string;
            subject: string;
        };
        /** @description A ticket with its replies, the oldest first. */
        CarriedTicketDetail: {
            department: string;
            /** Format: uuid */
            id: string;
            /** Format: int64 */
            legacyId: number;
            /**
             * Format: int64
             * @description `legacyId` of the ticket that it was merged into.
             */
            mergedInto: number | null;
            /**
             * @description What people call it.
             * @example ABC-123456
             */
            number: string;
            /** Format: date-time */
            openedAt: string | null;
            priority: string;
            /**
             * Format: int64
             * @description `legacyId` of the service that it was about.
             */
            serviceLegacyId: number | null;
            /** @description As the billing system spelled it, like the priority. */
            status: string;
            subject: string;
        } & {
            author: string;
            email: string;
            /** @description Plain text. */
            message: string;
            replies: components["schemas"]["CarriedReply"][];
        };
        /** @description A payment or a refund. */
        CarriedTransaction: {
            /** @example 24.90 */
            amountIn: string;
            /** @example 0.00 */
            amountOut: string;
            /** Format: date-time */
            at: string | null;
            currency: string;
            description: string;
            /** @description What the gateway kept; for staff only. */
            fees: string | null;
            gateway: string;
            /** @description The gateway's own id of it. */
            gatewayId: string;
            /** Format: uuid */
            id: string;
            /**
             * Format: uuid
             * @description The invoice that it was for.
             */
            invoiceId: string | null;
            /** @description That invoice's number. */
            invoiceNumber: string | null;
            kind: components["schemas"]["TransactionKind"];
            /** Format: int64 */
            legacyId: number;
            /**
             * Format: int64
             * @description `legacyId` of the transaction that this one refunds.
             */
            refundOf: number | null;
        };
        /** @description The password that is, and the one to be. */
        ChangePassword: {
            /** Format: password */
            currentPassword: string;
            /**
             * Format: password
             * @description 10 to 200 characters.
             */
            newPassword: string;
        };
        /**
         * @description Kubernetes' three truth values.
         * @enum {string}
         */
        ConditionStatus: "True" | "False" | "Unknown";
        /** @description One aspect of a state, as Kubernetes conditions say it. */
        ConditionView: {
            /** Format: date-time */
            lastTransitionTime: string;
            message: string;
            /** @example Running */
            reason: string;
            status: components["schemas"]["ConditionStatus"];
            /** @example Ready */
            type: string;
        };
        /** @description An account to be made. */
        CreateAccount: {
            /** @description 1 to 100 characters. */
            name: string;
        };
        /** @description A server to be made. At least one of `sshKeys` and `password` is needed. */
        CreateServer: {
            accountId?: components["schemas"]["AccountId"] | null;
            /**
             * @description Staff only: the IPv4 address of the interface `public`, in place of the next free one.
             * @example 192.0.2.10
             */
            address?: string | null;
            /**
             * @description Staff only: its IPv6 address, or prefix, in place of the next free one.
             * @example 2001:db8::10
             */
            address6?: string | null;
            /** @description Servers of the account that name the same group are made on different nodes. */
            antiAffinityGroup?: string | null;
            /**
             * Format: int32
             * @description 0 to 720; 72 when not given.
             */
            deletionGracePeriodHours?: number | null;
            deletionPolicy?: components["schemas"]["DeletionPolicy"] | null;
            /** @description True when not given. */
            deletionProtection?: boolean | null;
            /** @description Disks beside the root disk, empty at first. */
            disks?: components["schemas"]["DiskOrder"][];
            dns?: components["schemas"]["Dns"] | null;
            driftPolicy?: components["schemas"]["DriftPolicy"] | null;
            image: string;
            /**
             * @description A host name: lower case letters, digits and dashes, at most 63.
             * @example web-1
             */
            name: string;
            /** @description Of the interface `public`; the site's default network when not given. */
            network?: string | null;
            /** @description Interfaces beside `public`. */
            networks?: components["schemas"]["InterfaceOrder"][];
            /**
             * Format: password
             * @description For the image's default user; stored as a hash only.
             */
            password?: string | null;
            /** @description Needed, unless staff gives `resources`. */
            plan?: string | null;
            resources?: components["schemas"]["Size"] | null;
            /**
             * Format: int32
             * @description The plan's size when not given.
             */
            rootDiskGiB?: number | null;
            runPolicy?: components["schemas"]["RunPolicy"] | null;
            site: string;
            sshKeys?: string[];
            /** @description Staff only: the node to create it on. */
            wantedNode?: string | null;
        };
        /** @description A user to be made. */
        CreateUser: {
            email: string;
            name: string;
            /**
             * Format: password
             * @description 10 to 200 characters. Without one the user needs a link.
             */
            password?: string | null;
            staff?: boolean;
        };
        /**
         * @description Whether credit came or went.
         * @enum {string}
         */
        CreditKind: "added" | "used";
        /**
         * @description What deleting the server does to its machine.
         * @enum {string}
         */
        DeletionPolicy: "Delete" | "Retain";
        /** @description A disk of the server that is plugged in nowhere: taken out of its spec, or replaced by a rebuild. */
        DetachedDisk: {
            /** @description What `DestroyDisk`, and `Rebuild` to put it back, name. */
            name: string;
            /** Format: date-time */
            since: string;
            /**
             * Format: date-time
             * @description When it is destroyed; null: kept until somebody decides.
             */
            until: string | null;
        };
        /** @description A disk to add, or to grow when the server has one of this name. */
        DiskOrder: {
            /**
             * @description Lower case letters, digits and dashes, at most 32; it never changes. `root` is `rootDiskGiB`.
             * @example data
             */
            name: string;
            /**
             * Format: int32
             * @description Never smaller than it is.
             */
            sizeGiB: number;
            /** @description One of the site's; its own storage when not given. It never changes. */
            storageClass?: string | null;
        };
        /** @description What the guest resolves names with. */
        Dns: {
            /**
             * @description The domain that short names are looked up in.
             * @default null
             */
            searchDomain: string | null;
            /**
             * @description Addresses, at most 3; none: those of the address pool.
             * @default []
             */
            servers: string[];
        };
        /** @description What was looked at of the site's setup. */
        DoctorFinding: {
            /**
             * @description What needs it.
             * @example snapshots
             */
            feature: string;
            /** @description What a person would type or change; empty when it is fine. */
            fix: string;
            message: string;
            ok: boolean;
        };
        /** @description A setting that somebody changed by hand on the hypervisor; who it was is asked of the server's plan. */
        Drift: {
            field: string;
            found: string;
            wanted: string;
        };
        /**
         * @description What becomes of a change by hand on Proxmox: put back, or only shown.
         * @enum {string}
         */
        DriftPolicy: "Correct" | "Report";
        /** @description The mark that one control plane leaves at the site, so that an older copy of it does not act. */
        Epoch: {
            nonce: string;
            /** Format: int64 */
            number: number;
        };
        /** @description One field of the request that is wrong, and why. */
        FieldError: {
            /**
             * @description The field's name as it stands in the request.
             * @example plan
             */
            field: string;
            /** @description What is wrong with it, for people. */
            message: string;
        };
        /**
         * @description `conflict`: source and target were both changed, and nothing was overwritten.
         * @enum {string}
         */
        FindingOutcome: "finding" | "conflict";
        /** @description Where the server goes. */
        HandOver: {
            to: components["schemas"]["Keeper"];
        };
        /** @description An operating system. */
        Image: {
            /** @description The user whose keys and password are set at the first start. */
            defaultUser: string;
            /** @description Not for new servers. */
            deprecated: boolean;
            displayName: string;
            /** Format: date */
            endOfLife: string | null;
            name: string;
            osFamily: string;
            version: string;
        };
        /** @description An interface to add. */
        InterfaceOrder: {
            /**
             * @description Staff only: this IPv4 address in place of the next free one.
             * @example 192.0.2.10
             */
            address?: string | null;
            /**
             * @description Staff only: this IPv6 address, or prefix, in place of the next free one.
             * @example 2001:db8::10
             */
            address6?: string | null;
            /**
             * @description Lower case letters, digits and dashes, at most 32; it never changes.
             * @example private
             */
            name: string;
            /** @description One of the networks of the site that the account may use; it never changes. */
            network: string;
        };
        /** @description A whole list without pages. */
        Items_Image: {
            items: {
                /** @description The user whose keys and password are set at the first start. */
                defaultUser: string;
                /** @description Not for new servers. */
                deprecated: boolean;
                displayName: string;
                /** Format: date */
                endOfLife: string | null;
                name: string;
                osFamily: string;
                version: string;
            }[];
        };
        /** @description A whole list without pages. */
        Items_Membership: {
            items: {
                email: string;
                name: string;
                role: components["schemas"]["Role"];
                userId: components["schemas"]["UserId"];
            }[];
        };
        /** @description A whole list without pages. */
        Items_Network: {
            items: {
                displayName: string;
                name: string;
                /** @description The sites where it exists. */
                sites: string[];
            }[];
        };
        /** @description A whole list without pages. */
        Items_Plan: {
            items: {
                /** Format: int32 */
                cores: number;
                /** @description Not for new servers. */
                deprecated: boolean;
                description: string | null;
                /** Format: int32 */
                diskGiB: number;
                displayName: string;
                /**
                 * Format: int32
                 * @description How far the root disk may be grown.
                 */
                maxDiskGiB: number;
                /** Format: int32 */
                memoryMiB: number;
                name: string;
                /** Format: int32 */
                networkMbps: number | null;
                price: components["schemas"]["Price"] | null;
            }[];
        };
        /** @description A whole list without pages. */
        Items_Site: {
            items: {
                displayName: string;
                /** @description What is wrong there, for people; shown to staff only, because it may name hosts and other customers' servers. */
                message: string | null;
                name: string;
                ready: boolean;
                reason: string | null;
                region: string;
                /** @description What disks can be made on, beside the site's own storage. */
                storageClasses: string[];
            }[];
        };
        /**
         * @description Who decides from now on about what Git holds.
         * @enum {string}
         */
        Keeper: "git" | "dashboard";
        /** @description An email and a password. */
        Login: {
            /** @example you@example.org */
            email: string;
            /** Format: password */
            password: string;
        };
        /** @description The person who is logged in. */
        Me: {
            accounts: components["schemas"]["MyAccount"][];
            email: string;
            id: components["schemas"]["UserId"];
            name: string;
            staff: boolean;
        };
        /** @description A person in an account. */
        Membership: {
            email: string;
            name: string;
            role: components["schemas"]["Role"];
            userId: components["schemas"]["UserId"];
        };
        /** @description Something that somebody has to look at. */
        MigrationFinding: {
            accountId: components["schemas"]["AccountId"] | null;
            accountName: string | null;
            code: string;
            /** Format: int64 */
            legacyId: number;
            /**
             * @description The table and number of the row in the billing system.
             * @example tblhosting
             */
            legacyTable: string;
            outcome: components["schemas"]["FindingOutcome"];
            /** Format: int64 */
            position: number;
            reason: string;
            serverId: components["schemas"]["ServerId"] | null;
            serverName: string | null;
            userEmail: string | null;
            userId: components["schemas"]["UserId"] | null;
        };
        /** @description How often a run found the same. */
        MigrationFindingCount: {
            code: string;
            /** Format: int64 */
            count: number;
        };
        /** @description A run of the migration. */
        MigrationRun: {
            /** @description Who ran it: the database's user and the host. */
            actor: string;
            /** Format: int64 */
            changed: number;
            /** Format: int64 */
            conflicts: number;
            /**
             * Format: int64
             * @description Rows that were made.
             */
            created: number;
            /**
             * Format: int64
             * @description What somebody has to look at.
             */
            findings: number;
            /** Format: date-time */
            finishedAt: string | null;
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description The cut-over: later runs of the source do nothing.
             */
            sealedAt: string | null;
            /** @description The mapping's name of the database that was read. */
            source: string;
            /** Format: date-time */
            startedAt: string;
            status: components["schemas"]["RunStatus"];
            /** Format: int64 */
            unchanged: number;
        };
        /** @description A run with its findings, counted. */
        MigrationRunDetail: {
            /** @description Who ran it: the database's user and the host. */
            actor: string;
            /** Format: int64 */
            changed: number;
            /** Format: int64 */
            conflicts: number;
            /**
             * Format: int64
             * @description Rows that were made.
             */
            created: number;
            /**
             * Format: int64
             * @description What somebody has to look at.
             */
            findings: number;
            /** Format: date-time */
            finishedAt: string | null;
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description The cut-over: later runs of the source do nothing.
             */
            sealedAt: string | null;
            /** @description The mapping's name of the database that was read. */
            source: string;
            /** Format: date-time */
            startedAt: string;
            status: components["schemas"]["RunStatus"];
            /** Format: int64 */
            unchanged: number;
        } & {
            codes: components["schemas"]["MigrationFindingCount"][];
        };
        /** @description An account the person belongs to. */
        MyAccount: {
            /**
             * Format: date-time
             * @description When it came from another billing system: there is history to read. Null when it was made here.
             */
            carriedOverAt: string | null;
            id: components["schemas"]["AccountId"];
            name: string;
            role: components["schemas"]["Role"];
        };
        /** @description A network that servers can be attached to. */
        Network: {
            displayName: string;
            name: string;
            /** @description The sites where it exists. */
            sites: string[];
        };
        /** @description A request to change a server, and what became of it. */
        Operation: {
            accountId: components["schemas"]["AccountId"] | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            finishedAt: string | null;
            id: components["schemas"]["OperationId"];
            kind: components["schemas"]["OperationKind"];
            /** @description The cause and the next step, for people. */
            message: string | null;
            /** @description What happened so far, newest last, 20 entries at most. */
            progress: components["schemas"]["ProgressView"][];
            /** @description One word for what it waits for or failed by. */
            reason: string | null;
            requestedBy: components["schemas"]["RequestedBy"] | null;
            serverId: components["schemas"]["ServerId"];
            serverName: string;
            status: components["schemas"]["OperationStatus"];
            /** @description What the action is about: a snapshot, backup, image, disk or node. */
            subject: string | null;
            /** Format: date-time */
            updatedAt: string;
            verb: components["schemas"]["Verb"] | null;
        };
        /**
         * Format: uuid
         * @description One request to change something, and what became of it.
         */
        OperationId: string;
        /**
         * @description What was asked for.
         * @enum {string}
         */
        OperationKind: "create" | "update" | "delete" | "undelete" | "purge" | "action";
        /**
         * @description How far an operation is. The first two go on, the others are ends.
         * @enum {string}
         */
        OperationStatus: "accepted" | "running" | "succeeded" | "failed" | "superseded" | "expired";
        /**
         * @description Who made the server.
         * @enum {string}
         */
        Origin: "api" | "kubernetes";
        /** @description A machine that nothing accounts for: a person decides. */
        Orphan: {
            name: string;
            node: string;
            /** Format: date-time */
            since: string;
            /** Format: int64 */
            vmid: number;
            /** @description What it is, and what a person could do. */
            why: string;
        };
        /** @description One page of a list. */
        Page_Account: {
            items: {
                /**
                 * Format: date-time
                 * @description When it came from another billing system: there is history to read. Null when it was made here.
                 */
                carriedOverAt: string | null;
                /** Format: date-time */
                createdAt: string;
                id: components["schemas"]["AccountId"];
                /** Format: int64 */
                memberCount: number;
                name: string;
                /** @description The Kubernetes namespace; it is made with the account's first server. */
                namespace: string;
                /** Format: int64 */
                serverCount: number;
                /** @description The name in lower case letters, digits and dashes; fixed when the account was made. */
                slug: string;
            }[];
            /** @description Give it back as `cursor` for the next page; null on the last one. */
            nextCursor: string | null;
            /**
             * Format: int64
             * @description How many rows match in all pages together. Servers, operations, accounts and users are counted up to 10000: that
             *     number says that there are as many or more.
             */
            total: number;
        };
        /** @description One page of a list. */
        Page_Adoptable: {
            items: {
                becomes: components["schemas"]["BecomesView"] | null;
                /** @description What root types on a node first, because it is not in Slipway's pool. */
                command: string | null;
                name: string;
                node: string;
                /** @description The Proxmox VE pool that it is in. */
                pool: string | null;
                running: boolean;
                /** @description Why it cannot be adopted. */
                skipped: string | null;
                /** Format: int32 */
                vmid: number;
            }[];
            /** @description Give it back as `cursor` for the next page; null on the last one. */
            nextCursor: string | null;
            /**
             * Format: int64
             * @description How many rows match in all pages together. Servers, operations, accounts and users are counted up to 10000: that
             *     number says that there are as many or more.
             */
            total: number;
        };
        /** @description One page of a list. */
        Page_CarriedCredit: {
            items: {
                /**
                 * @description In the account's currency; negative when it was used.
                 * @example -4.90
                 */
                amount: string;
                description: string;
                /** Format: uuid */
                id: string;
                kind: components["schemas"]["CreditKind"];
                /** Format: int64 */
                legacyId: number;
                /** Format: date */
                onDate: string | null;
            }[];
            /** @description Give it back as `cursor` for the next page; null on the last one. */
            nextCursor: string | null;
            /**
             * Format: int64
             * @description How many rows match in all pages together. Servers, operations, accounts and users are counted up to 10000: that
             *     number says that there are as many or more.
             */
            total: number;
        };
        /** @description One page of a list. */
        Page_CarriedInvoice: {
            items: {
                /** @description What credit paid of it. */
                credit: string;
                /** @example EUR */
                currency: string;
                /** Format: date */
                dueOn: string | null;
                /** Format: uuid */
                id: string;
                /** Format: date */
                issuedOn: string | null;
                /** Format: int64 */
                legacyId: number;
                /** @description What people call it. */
                number: string;
                /** Format: date */
                paidOn: string | null;
                paymentMethod: string;
                /**
                 * @description As the billing system spelled it: Unpaid, Paid, Cancelled, Refunded, Collections, …
                 * @example Paid
                 */
                status: string;
                subtotal: string;
                tax: string;
                /** @description The second tax. */
                tax2: string;
                /** @example 24.90 */
                total: string;
            }[];
            /** @description Give it back as `cursor` for the next page; null on the last one. */
            nextCursor: string | null;
            /**
             * Format: int64
             * @description How many rows match in all pages together. Servers, operations, accounts and users are counted up to 10000: that
             *     number says that there are as many or more.
             */
            total: number;
        };
        /** @description One page of a list. */
        Page_CarriedOrder: {
            items: {
                /** @example 24.90 */
                amount: string;
                /** Format: uuid */
                id: string;
                /**
                 * Format: int64
                 * @description The number of its invoice there.
                 */
                invoiceLegacyId: number | null;
                /** Format: int64 */
                legacyId: number;
                number: string;
                /** Format: date-time */
                orderedAt: string | null;
                /** @description As the billing system spelled it. */
                status: string;
            }[];
            /** @description Give it back as `cursor` for the next page; null on the last one. */
            nextCursor: string | null;
            /**
             * Format: int64
             * @description How many rows match in all pages together. Servers, operations, accounts and users are counted up to 10000: that
             *     number says that there are as many or more.
             */
            total: number;
        };
        /** @description One page of a list. */
        Page_CarriedService: {
            items: {
                addons: components["schemas"]["CarriedAddon"][];
                addresses: string[];
                cancellations: components["schemas"]["CarriedCancellation"][];
                /** Format: int32 */
                cores: number | null;
                /** @example EUR */
                currency: string;
                cycle: components["schemas"]["BillingCycle"];
                /** Format: int32 */
                diskGiB: number | null;
                hostname: string | null;
                /** Format: uuid */
                id: string;
                image: string | null;
                /** Format: int64 */
                legacyId: number;
                /** Format: int32 */
                memoryMiB: number | null;
                /** Format: date */
                nextDue: string | null;
                /** @description For staff only. */
                notes: string | null;
                paymentMethod: string;
                plan: string | null;
                /**
                 * @description For one period, without addons and tax.
                 * @example 24.90
                 */
                price: string;
                product: string;
                /** Format: int32 */
                quantity: number;
                region: string | null;
                /** Format: date */
                registeredOn: string | null;
                serverId: components["schemas"]["ServerId"] | null;
                status: components["schemas"]["ServiceStatus"];
                /** @description Empty when it was not suspended. */
                suspendReason: string;
                /** @description Why no machine was linked to the server; for staff only. */
                unlinkedReason: string | null;
            }[];
            /** @description Give it back as `cursor` for the next page; null on the last one. */
            nextCursor: string | null;
            /**
             * Format: int64
             * @description How many rows match in all pages together. Servers, operations, accounts and users are counted up to 10000: that
             *     number says that there are as many or more.
             */
            total: number;
        };
        /** @description One page of a list. */
        Page_CarriedTicket: {
            items: {
                department: string;
                /** Format: uuid */
                id: string;
                /** Format: int64 */
                legacyId: number;
                /**
                 * Format: int64
                 * @description `legacyId` of the ticket that it was merged into.
                 */
                mergedInto: number | null;
                /**
                 * @description What people call it.
                 * @example ABC-123456
                 */
                number: string;
                /** Format: date-time */
                openedAt: string | null;
                priority: string;
                /**
                 * Format: int64
                 * @description `legacyId` of the service that it was about.
                 */
                serviceLegacyId: number | null;
                /** @description As the billing system spelled it, like the priority. */
                status: string;
                subject: string;
            }[];
            /** @description Give it back as `cursor` for the next page; null on the last one. */
            nextCursor: string | null;
            /**
             * Format: int64
             * @description How many rows match in all pages together. Servers, operations, accounts and users are counted up to 10000: that
             *     number says that there are as many or more.
             */
            total: number;
        };
        /** @description One page of a list. */
        Page_CarriedTransaction: {
            items: {
                /** @example 24.90 */
                amountIn: string;
                /** @example 0.00 */
                amountOut: string;
                /** Format: date-time */
                at: string | null;
                currency: string;
                description: string;
                /** @description What the gateway kept; for staff only. */
                fees: string | null;
                gateway: string;
                /** @description The gateway's own id of it. */
                gatewayId: string;
                /** Format: uuid */
                id: string;
                /**
                 * Format: uuid
                 * @description The invoice that it was for.
                 */
                invoiceId: string | null;
                /** @description That invoice's number. */
                invoiceNumber: string | null;
                kind: components["schemas"]["TransactionKind"];
                /** Format: int64 */
                legacyId: number;
                /**
                 * Format: int64
                 * @description `legacyId` of the transaction that this one refunds.
                 */
                refundOf: number | null;
            }[];
            /** @description Give it back as `cursor` for the next page; null on the last one. */
            nextCursor: string | null;
            /**
             * Format: int64
             * @description How many rows match in all pages together. Servers, operations, accounts and users are counted up to 10000: that
             *     number says that there are as many or more.
             */
            total: number;
        };
        /** @description One page of a list. */
        Page_MigrationFinding: {
            items: {
                accountId: components["schemas"]["AccountId"] | null;
                accountName: string | null;
                code: string;
                /** Format: int64 */
                legacyId: number;
                /**
                 * @description The table and number of the row in the billing system.
                 * @example tblhosting
                 */
                legacyTable: string;
                outcome: components["schemas"]["FindingOutcome"];
                /** Format: int64 */
                position: number;
                reason: string;
                serverId: components["schemas"]["ServerId"] | null;
                serverName: string | null;
                userEmail: string | null;
                userId: components["schemas"]["UserId"] | null;
            }[];
            /** @description Give it back as `cursor` for the next page; null on the last one. */
            nextCursor: string | null;
            /**
             * Format: int64
             * @description How many rows match in all pages together. Servers, operations, accounts and users are counted up to 10000: that
             *     number says that there are as many or more.
             */
            total: number;
        };
        /** @description One page of a list. */
        Page_MigrationRun: {
            items: {
                /** @description Who ran it: the database's user and the host. */
                actor: string;
                /** Format: int64 */
                changed: number;
                /** Format: int64 */
                conflicts: number;
                /**
                 * Format: int64
                 * @description Rows that were made.
                 */
                created: number;
                /**
                 * Format: int64
                 * @description What somebody has to look at.
                 */
                findings: number;
                /** Format: date-time */
                finishedAt: string | null;
                /** Format: uuid */
                id: string;
                /**
                 * Format: date-time
                 * @description The cut-over: later runs of the source do nothing.
                 */
                sealedAt: string | null;
                /** @description The mapping's name of the database that was read. */
                source: string;
                /** Format: date-time */
                startedAt: string;
                status: components["schemas"]["RunStatus"];
                /** Format: int64 */
                unchanged: number;
            }[];
            /** @description Give it back as `cursor` for the next page; null on the last one. */
            nextCursor: string | null;
            /**
             * Format: int64
             * @description How many rows match in all pages together. Servers, operations, accounts and users are counted up to 10000: that
             *     number says that there are as many or more.
             */
            total: number;
        };
        /** @description One page of a list. */
        Page_Operation: {
            items: {
                accountId: components["schemas"]["AccountId"] | null;
                /** Format: date-time */
                createdAt: string;
                /** Format: date-time */
                finishedAt: string | null;
                id: components["schemas"]["OperationId"];
                kind: components["schemas"]["OperationKind"];
                /** @description The cause and the next step, for people. */
                message: string | null;
                /** @description What happened so far, newest last, 20 entries at most. */
                progress: components["schemas"]["ProgressView"][];
                /** @description One word for what it waits for or failed by. */
                reason: string | null;
                requestedBy: components["schemas"]["RequestedBy"] | null;
                serverId: components["schemas"]["ServerId"];
                serverName: string;
                status: components["schemas"]["OperationStatus"];
                /** @description What the action is about: a snapshot, backup, image, disk or node. */
                subject: string | null;
                /** Format: date-time */
                updatedAt: string;
                verb: components["schemas"]["Verb"] | null;
            }[];
            /** @description Give it back as `cursor` for the next page; null on the last one. */
            nextCursor: string | null;
            /**
             * Format: int64
             * @description How many rows match in all pages together. Servers, operations, accounts and users are counted up to 10000: that
             *     number says that there are as many or more.
             */
            total: number;
        };
        /** @description One page of a list. */
        Page_Server: {
            items: {
                accountId: components["schemas"]["AccountId"] | null;
                accountName: string | null;
                addresses: string[];
                /** @description Servers of the account in the same group are made on different nodes. */
                antiAffinityGroup: string | null;
                /** @description The oldest first; empty in lists. */
                backups: components["schemas"]["Backup"][];
                /** @description Empty in lists. */
                conditions: components["schemas"]["ConditionView"][];
                /** Format: int32 */
                cores: number;
                /** Format: date-time */
                createdAt: string;
                /** Format: int32 */
                deletionGracePeriodHours: number;
                deletionPolicy: components["schemas"]["DeletionPolicy"];
                deletionProtection: boolean;
                /** @description Empty in lists. */
                detachedDisks: components["schemas"]["DetachedDisk"][];
                /** Format: int32 */
                diskGiB: number;
                /** @description The root disk first; empty in lists. */
                disks: components["schemas"]["ServerDisk"][];
                dns: components["schemas"]["Dns"];
                /** @description What differs on Proxmox; shown to staff only, empty in lists. */
                drift: components["schemas"]["Drift"][];
                driftPolicy: components["schemas"]["DriftPolicy"];
                /** @description Field managers of Git that hold some of it: change that in Git. Empty in lists. */
                gitManagers: string[];
                /** @description It was deleted and its machine is not kept: nothing is left but its history. */
                gone: boolean;
                id: components["schemas"]["ServerId"];
                /** @description What is installed; empty when that is not known, as of an adopted VM. */
                image: string;
                /** Format: int32 */
                memoryMiB: number;
                /** @description Why it is not ready and what comes next, for people. */
                message: string | null;
                /** @description The host name, unique in its account. */
                name: string;
                /** @description The Kubernetes namespace. */
                namespace: string;
                /** @description The first network; null: the site's default. */
                network: string | null;
                /**
                 * Format: int32
                 * @description Of a size outside the plans, in Mbit/s; null: the plan's, or unlimited.
                 */
                networkMbps: number | null;
                /** @description Empty in lists. */
                networks: components["schemas"]["ServerInterface"][];
                /** @description The Proxmox node; shown to staff only. */
                node: string | null;
                /** @description The name of the `VirtualServer` object. */
                objectName: string;
                operation: components["schemas"]["Operation"] | null;
                origin: components["schemas"]["Origin"];
                /** @description No step is taken, by the provider's wish. */
                paused: boolean;
                phase: components["schemas"]["Phase"];
                /** @description The plan's name; empty when the provider set the resources one by one. */
                plan: string;
                powerState: components["schemas"]["PowerState"];
                /** @description Nothing is left to do. */
                ready: boolean;
                /** @description Why it is not ready, in one word. */
                reason: string | null;
                region: string | null;
                /** @description A change waits for the next restart. */
                restartRequired: boolean;
                retained: components["schemas"]["RetainedView"] | null;
                /**
                 * Format: int64
                 * @description Counts the versions of the desired state.
                 */
                revision: number;
                runPolicy: components["schemas"]["RunPolicy"];
                site: string;
                /** @description The oldest first; empty in lists. */
                snapshots: components["schemas"]["Snapshot"][];
                suspended: components["schemas"]["SuspendedView"] | null;
                /** Format: date-time */
                updatedAt: string;
                /**
                 * Format: int32
                 * @description The number on Proxmox; shown to staff only.
                 */
                vmid: number | null;
                /** @description The node that staff wants it created on; shown to staff only. */
                wantedNode: string | null;
            }[];
            /** @description Give it back as `cursor` for the next page; null on the last one. */
            nextCursor: string | null;
            /**
             * Format: int64
             * @description How many rows match in all pages together. Servers, operations, accounts and users are counted up to 10000: that
             *     number says that there are as many or more.
             */
            total: number;
        };
        /** @description One page of a list. */
        Page_User: {
            items: {
                /** Format: date-time */
                createdAt: string;
                /** @description Cannot log in. */
                disabled: boolean;
                email: string;
                hasPassword: boolean;
                id: components["schemas"]["UserId"];
                name: string;
                /** @description Works for the provider and sees every account. */
                staff: boolean;
            }[];
            /** @description Give it back as `cursor` for the next page; null on the last one. */
            nextCursor: string | null;
            /**
             * Format: int64
             * @description How many rows match in all pages together. Servers, operations, accounts and users are counted up to 10000: that
             *     number says that there are as many or more.
             */
            total: number;
        };
        /**
         * @description Where a server stands, in a word for people.
         * @enum {string}
         */
        Phase: "Pending" | "Provisioning" | "Running" | "Stopped" | "Updating" | "Suspended" | "Deleting" | "Failed" | "Unlinked";
        /** @description A size of server. */
        Plan: {
            /** Format: int32 */
            cores: number;
            /** @description Not for new servers. */
            deprecated: boolean;
            description: string | null;
            /** Format: int32 */
            diskGiB: number;
            displayName: string;
            /**
             * Format: int32
             * @description How far the root disk may be grown.
             */
            maxDiskGiB: number;
            /** Format: int32 */
            memoryMiB: number;
            name: string;
            /** Format: int32 */
            networkMbps: number | null;
            price: components["schemas"]["Price"] | null;
        };
        /**
         * @description Whether the machine has power, as the hypervisor last said.
         * @enum {string}
         */
        PowerState: "running" | "stopped" | "unknown";
        /** @description What a plan costs. */
        Price: {
            /**
             * @description ISO 4217.
             * @example EUR
             */
            currency: string;
            /**
             * @description For one month, as a decimal number.
             * @example 4.90
             */
            monthly: string;
        };
        /** @description What the client reads (RFC 9457, `application/problem+json`). */
        Problem: {
            /** @description What happened here and what to do about it, for people. */
            detail: string;
            errors?: components["schemas"]["FieldError"][];
            /** @description The path that was asked for. */
            instance?: string | null;
            /** @description The same as the answer's `X-Request-Id`: quote it when you ask for help. */
            requestId: string;
            /** Format: int32 */
            status: number;
            title: string;
            /**
             * Format: uri
             * @description `https://slipway.dev/problems/<name>`: what programs compare.
             * @example https://slipway.dev/problems/not-found
             */
            type: string;
        };
        /** @description One step on an operation's way. */
        ProgressView: {
            /** Format: date-time */
            at: string;
            message: string;
            reason: string;
        };
        /** @description How sure you are. */
        PurgeServer: {
            /**
             * @description The server's name.
             * @example web-1
             */
            confirm: string;
        };
        /** @description The person's role. */
        PutMembership: {
            role: components["schemas"]["Role"];
        };
        /** @description A number that was set aside, because Proxmox VE refuses to remove what is on it. */
        QuarantinedVmid: {
            /** @description What root types on the node to clean it up. */
            command: string;
            reason: string;
            /** Format: date-time */
            since: string;
            /** Format: int64 */
            vmid: number;
        };
        /** @description Who asked. */
        RequestedBy: {
            email: string;
            id: components["schemas"]["UserId"];
        };
        /** @description The server's Kubernetes object was deleted; the machine is kept for a while. */
        RetainedView: {
            /** @description It is being destroyed, or was asked to be: nothing takes it back. */
            purging: boolean;
            /**
             * Format: date-time
             * @description When the machine will be destroyed; null: kept until somebody decides.
             */
            until: string | null;
        };
        /**
         * @description What a person is in an account.
         * @enum {string}
         */
        Role: "owner" | "member";
        /**
         * @description `Managed`: power changes by actions and by the guest. `Running` and `Stopped` are kept so.
         * @enum {string}
         */
        RunPolicy: "Managed" | "Running" | "Stopped";
        /**
         * @description What became of a run.
         * @enum {string}
         */
        RunStatus: "running" | "finished" | "interrupted" | "rolled_back";
        /** @description A server: what is wished and what is known. */
        Server: {
            accountId: components["schemas"]["AccountId"] | null;
            accountName: string | null;
            addresses: string[];
            /** @description Servers of the account in the same group are made on different nodes. */
            antiAffinityGroup: string | null;
            /** @description The oldest first; empty in lists. */
            backups: components["schemas"]["Backup"][];
            /** @description Empty in lists. */
            conditions: components["schemas"]["ConditionView"][];
            /** Format: int32 */
            cores: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: int32 */
            deletionGracePeriodHours: number;
            deletionPolicy: components["schemas"]["DeletionPolicy"];
            deletionProtection: boolean;
            /** @description Empty in lists. */
            detachedDisks: components["schemas"]["DetachedDisk"][];
            /** Format: int32 */
            diskGiB: number;
            /** @description The root disk first; empty in lists. */
            disks: components["schemas"]["ServerDisk"][];
            dns: components["schemas"]["Dns"];
            /** @description What differs on Proxmox; shown to staff only, empty in lists. */
            drift: components["schemas"]["Drift"][];
            driftPolicy: components["schemas"]["DriftPolicy"];
            /** @description Field managers of Git that hold some of it: change that in Git. Empty in lists. */
            gitManagers: string[];
            /** @description It was deleted and its machine is not kept: nothing is left but its history. */
            gone: boolean;
            id: components["schemas"]["ServerId"];
            /** @description What is installed; empty when that is not known, as of an adopted VM. */
            image: string;
            /** Format: int32 */
            memoryMiB: number;
            /** @description Why it is not ready and what comes next, for people. */
            message: string | null;
            /** @description The host name, unique in its account. */
            name: string;
            /** @description The Kubernetes namespace. */
            namespace: string;
            /** @description The first network; null: the site's default. */
            network: string | null;
            /**
             * Format: int32
             * @description Of a size outside the plans, in Mbit/s; null: the plan's, or unlimited.
             */
            networkMbps: number | null;
            /** @description Empty in lists. */
            networks: components["schemas"]["ServerInterface"][];
            /** @description The Proxmox node; shown to staff only. */
            node: string | null;
            /** @description The name of the `VirtualServer` object. */
            objectName: string;
            operation: components["schemas"]["Operation"] | null;
            origin: components["schemas"]["Origin"];
            /** @description No step is taken, by the provider's wish. */
            paused: boolean;
            phase: components["schemas"]["Phase"];
            /** @description The plan's name; empty when the provider set the resources one by one. */
            plan: string;
            powerState: components["schemas"]["PowerState"];
            /** @description Nothing is left to do. */
            ready: boolean;
            /** @description Why it is not ready, in one word. */
            reason: string | null;
            region: string | null;
            /** @description A change waits for the next restart. */
            restartRequired: boolean;
            retained: components["schemas"]["RetainedView"] | null;
            /**
             * Format: int64
             * @description Counts the versions of the desired state.
             */
            revision: number;
            runPolicy: components["schemas"]["RunPolicy"];
            site: string;
            /** @description The oldest first; empty in lists. */
            snapshots: components["schemas"]["Snapshot"][];
            suspended: components["schemas"]["SuspendedView"] | null;
            /** Format: date-time */
            updatedAt: string;
            /**
             * Format: int32
             * @description The number on Proxmox; shown to staff only.
             */
            vmid: number | null;
            /** @description The node that staff wants it created on; shown to staff only. */
            wantedNode: string | null;
        };
        /** @description A disk of the server. */
        ServerDisk: {
            /** @description `root` is the one that the system is on. */
            name: string;
            /** @description The machine has it, in this size. */
            ready: boolean;
            /** Format: int32 */
            sizeGiB: number;
            /** @description Null: the site's own storage. */
            storageClass: string | null;
        };
        /**
         * Format: uuid
         * @description A server, whichever side made it.
         */
        ServerId: string;
        /** @description A network interface of the server. */
        ServerInterface: {
            addresses: string[];
            /** @description Null: the machine does not have it yet. */
            mac: string | null;
            name: string;
            /** @description Null until it is known: the site's default. */
            network: string | null;
        };
        /** @description The operator's view of a server, as it is now. */
        ServerPlanned: {
            /** @description Settings that somebody changed by hand on the hypervisor. */
            drift: components["schemas"]["AuthoredDrift"][];
            /** @description What it would do next, in order. */
            steps: components["schemas"]["ServerPlanStep"][];
            waiting: components["schemas"]["ServerWaits"] | null;
        };
        /** @description A step. */
        ServerPlanStep: {
            /**
             * @description `Live`, `Reboot`, `Offline` or `Destructive`.
             * @example Live
             */
            impact: string;
            step: string;
        };
        /** @description What keeps the operator from going on. */
        ServerWaits: {
            /** @description With nodes, numbers and addresses: for staff. */
            message: string;
            /** @example NoCapacity */
            reason: string;
        };
        /**
         * @description Where a service stood.
         * @enum {string}
         */
        ServiceStatus: "active" | "suspended" | "pending" | "terminated" | "cancelled" | "fraud" | "completed";
        /** @description The token of a link, and the password to set. */
        SetPassword: {
            /**
             * Format: password
             * @description 10 to 200 characters.
             */
            password: string;
            /** @description From the link. */
            token: string;
        };
        /** @description A link that lets its holder set the user's password, once. */
        SetPasswordLink: {
            /** Format: date-time */
            expiresAt: string;
            url: string;
        };
        /** @description A place where servers run. */
        Site: {
            displayName: string;
            /** @description What is wrong there, for people; shown to staff only, because it may name hosts and other customers' servers. */
            message: string | null;
            name: string;
            ready: boolean;
            reason: string | null;
            region: string;
            /** @description What disks can be made on, beside the site's own storage. */
            storageClasses: string[];
        };
        /** @description A site with everything that staff looks after. */
        SiteDetail: {
            acknowledgement: components["schemas"]["Acknowledgement"] | null;
            brakes: components["schemas"]["Brakes"];
            /** @description Which cluster it was at first contact. */
            clusterIdentity: string | null;
            conditions: components["schemas"]["ConditionView"][];
            displayName: string;
            doctor: components["schemas"]["DoctorFinding"][];
            endpoints: string[];
            /** @description The newest last. */
            epochs: components["schemas"]["Epoch"][];
            message: string | null;
            name: string;
            /** Format: int64 */
            nextVmid: number | null;
            nodes: components["schemas"]["SiteNode"][];
            /**
             * Format: date-time
             * @description When the inventory was read last.
             */
            observedAt: string | null;
            orphans: components["schemas"]["Orphan"][];
            quarantine: components["schemas"]["QuarantinedVmid"][];
            ready: boolean;
            reason: string | null;
            region: string;
            /**
             * Format: int64
             * @description Servers there, deleted ones that are kept included.
             */
            servers: number;
            /** @description Of Proxmox VE. */
            version: string | null;
            /** Format: int64 */
            vmidEnd: number;
            /**
             * Format: int64
             * @description The numbers that new machines get.
             */
            vmidStart: number;
        };
        /** @description A node of the site's cluster. */
        SiteNode: {
            /** @description It gets no new servers. */
            cordoned: boolean;
            /** Format: int64 */
            cores: number;
            /** Format: int64 */
            memoryMiB: number;
            name: string;
            online: boolean;
        };
        /** @description Cores, memory and disk in place of a plan's. */
        Size: {
            /** Format: int32 */
            cores: number;
            /**
             * Format: int32
             * @description The root disk; never smaller than it is.
             */
            diskGiB: number;
            /** Format: int32 */
            memoryMiB: number;
            /**
             * Format: int32
             * @description Unlimited when not given.
             */
            networkMbps?: number | null;
        };
        /** @description The disks (and perhaps the memory) as they were at one moment. */
        Snapshot: {
            /** Format: date-time */
            createdAt: string;
            /** @description A rollback to it goes on where the guest was. */
            includesMemory: boolean;
            name: string;
        };
        /** @description The provider keeps the server off. */
        SuspendedView: {
            /** @description Why. */
            reason: string;
        };
        /** @description Why a server is suspended. */
        SuspendServer: {
            /**
             * @description What the customer reads.
             * @example The invoice of March is unpaid.
             */
            reason: string;
        };
        /**
         * @description Which way the money went.
         * @enum {string}
         */
        TransactionKind: "payment" | "refund";
        /** @description What to change; what is not given stays. */
        UpdateAccount: {
            name?: string | null;
        };
        /** @description What to change; what is not given stays. */
        UpdateServer: {
            /** @description Servers of the account that name the same group are made on different nodes; empty: no group. */
            antiAffinityGroup?: string | null;
            /**
             * Format: int32
             * @description 0 to 720.
             */
            deletionGracePeriodHours?: number | null;
            deletionPolicy?: components["schemas"]["DeletionPolicy"] | null;
            deletionProtection?: boolean | null;
            /** @description Disks to add or to grow, beside the root disk. */
            disks?: components["schemas"]["DiskOrder"][];
            dns?: components["schemas"]["Dns"] | null;
            driftPolicy?: components["schemas"]["DriftPolicy"] | null;
            name?: string | null;
            /** @description Interfaces to add. */
            networks?: components["schemas"]["InterfaceOrder"][];
            /** @description Staff only: no step is taken while true. */
            paused?: boolean | null;
            plan?: string | null;
            /** @description Names of disks to take out. Each is kept, detached, until somebody decides. */
            removeDisks?: string[];
            /** @description Names of interfaces to take out; their addresses are given up. */
            removeNetworks?: string[];
            resources?: components["schemas"]["Size"] | null;
            /** Format: int32 */
            rootDiskGiB?: number | null;
            runPolicy?: components["schemas"]["RunPolicy"] | null;
            /** @description Staff only: the node that it is to be created on. */
            wantedNode?: string | null;
        };
        /** @description What to change; what is not given stays. */
        UpdateUser: {
            disabled?: boolean | null;
            name?: string | null;
            staff?: boolean | null;
        };
        /** @description A person who can log in. */
        User: {
            /** Format: date-time */
            createdAt: string;
            /** @description Cannot log in. */
            disabled: boolean;
            email: string;
            hasPassword: boolean;
            id: components["schemas"]["UserId"];
            name: string;
            /** @description Works for the provider and sees every account. */
            staff: boolean;
        };
        /**
         * Format: uuid
         * @description A person who can log in.
         */
        UserId: string;
        /**
         * @description A thing that is done to a server once.
         * @enum {string}
         */
        Verb: "Start" | "Shutdown" | "Stop" | "Restart" | "Reset" | "Snapshot" | "DeleteSnapshot" | "Rollback" | "Backup" | "Restore" | "DeleteBackup" | "Migrate" | "Rebuild" | "DestroyDisk";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listAccounts: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description 1 to 200; 50 when not given. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Account"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createAccount: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateAccount"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is larger than 512 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is not `application/json` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unprocessable`: the name is empty or too long */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The account's id */
                id: components["schemas"]["AccountId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateAccount: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The account's id */
                id: components["schemas"]["AccountId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateAccount"];
            };
        };
        responses: {
            /** @description Changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is larger than 512 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is not `application/json` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unprocessable` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCarriedCredits: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description 1 to 200; 50 when not given. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The account's id */
                id: components["schemas"]["AccountId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_CarriedCredit"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found`: no such account, or not yours */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCarriedInvoices: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description 1 to 200; 50 when not given. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The account's id */
                id: components["schemas"]["AccountId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_CarriedInvoice"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found`: no such account, or not yours */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showCarriedInvoice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The account's id */
                id: components["schemas"]["AccountId"];
                /** @description The invoice's id */
                invoiceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The invoice */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CarriedInvoiceDetail"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found`: no such account or invoice, or not yours */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMemberships: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The account's id */
                id: components["schemas"]["AccountId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them, by email */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Items_Membership"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putMembership: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The account's id */
                id: components["schemas"]["AccountId"];
                /** @description The user's id */
                userId: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutMembership"];
            };
        };
        responses: {
            /** @description The membership */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Membership"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found`: no such account or user */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is larger than 512 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is not `application/json` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteMembership: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The account's id */
                id: components["schemas"]["AccountId"];
                /** @description The user's id */
                userId: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCarriedOrders: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description 1 to 200; 50 when not given. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The account's id */
                id: components["schemas"]["AccountId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_CarriedOrder"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found`: no such account, or not yours */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showCarriedProfile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The account's id */
                id: components["schemas"]["AccountId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The profile */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CarriedProfile"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found`: no such account, not yours, or not carried over */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCarriedServices: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description 1 to 200; 50 when not given. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The account's id */
                id: components["schemas"]["AccountId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_CarriedService"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found`: no such account, or not yours */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCarriedTickets: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description 1 to 200; 50 when not given. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The account's id */
                id: components["schemas"]["AccountId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_CarriedTicket"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found`: no such account, or not yours */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showCarriedTicket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The account's id */
                id: components["schemas"]["AccountId"];
                /** @description The ticket's id */
                ticketId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The ticket */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CarriedTicketDetail"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found`: no such account or ticket, or not yours */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCarriedTransactions: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description 1 to 200; 50 when not given. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The account's id */
                id: components["schemas"]["AccountId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_CarriedTransaction"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found`: no such account, or not yours */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Login"];
            };
        };
        responses: {
            /** @description Logged in; the cookie `slipway_refresh` holds the refresh token */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessToken"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-credentials` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is larger than 512 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is not `application/json` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: wait as long as `Retry-After` says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Logged out, whether or not somebody was logged in */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A new access token, and the next refresh token in the cookie */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessToken"];
                };
            };
            /** @description `session-expired`: the cookie is missing, unknown, used before or too old */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetPassword"];
            };
        };
        responses: {
            /** @description The password is set; the link is used up */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-credentials`: the link is unknown, used or too old */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is larger than 512 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is not `application/json` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unprocessable`: the password is too short or too long */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listImages: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them, by name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Items_Image"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description You */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeMyPassword: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangePassword"];
            };
        };
        responses: {
            /** @description Changed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-credentials`: the current password is wrong; `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is larger than 512 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is not `application/json` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unprocessable`: the new password is too short or too long */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`; `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMigrations: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description 1 to 200; 50 when not given. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_MigrationRun"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showMigration: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MigrationRunDetail"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMigrationFindings: {
        parameters: {
            query?: {
                /** @description Only those of this code. */
                code?: string;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description 1 to 200; 50 when not given. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The run's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_MigrationFinding"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listNetworks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them, by name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Items_Network"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listOperations: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description 1 to 200; 50 when not given. */
                limit?: number;
                serverId?: components["schemas"]["ServerId"];
                status?: "accepted" | "running" | "succeeded" | "failed" | "superseded" | "expired";
                /** @description Only unfinished ones that wait for something to be put right. */
                waiting?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Operation"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showOperation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The operation's id */
                id: components["schemas"]["OperationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The operation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPlans: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them, by name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Items_Plan"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listServers: {
        parameters: {
            query?: {
                accountId?: components["schemas"]["AccountId"];
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description 1 to 200; 50 when not given. */
                limit?: number;
                phase?: "Pending" | "Provisioning" | "Running" | "Stopped" | "Updating" | "Suspended" | "Deleting" | "Failed" | "Unlinked";
                /** @description Part of a name or of an address. */
                search?: string;
                site?: string;
                /** @description `-createdAt` when not given. */
                sort?: "name" | "-name" | "createdAt" | "-createdAt" | "phase" | "-phase" | "plan" | "-plan";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Server"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createServer: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateServer"];
            };
        };
        responses: {
            /** @description Accepted: follow the operation */
            202: {
                headers: {
                    /** @description The operation's address */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: a field of staff's */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found`: no such account */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `name-taken`; `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is larger than 512 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is not `application/json` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unprocessable`: an unknown plan, image, site, network or storage class, a disk size that does not fit, or no way to log in */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showServer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The server's id */
                id: components["schemas"]["ServerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The server */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Server"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found`: no such server, or not yours */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteServer: {
        parameters: {
            query?: {
                /** @description The server's name: lifts its protection. */
                confirm?: string;
            };
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The server's id */
                id: components["schemas"]["ServerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted: follow the operation */
            202: {
                headers: {
                    /** @description The operation's address */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `protected`: repeat with `confirm`, `owned-by-git`, `conflict`: it is being deleted already; `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateServer: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The server's id */
                id: components["schemas"]["ServerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateServer"];
            };
        };
        responses: {
            /** @description Accepted: follow the operation */
            202: {
                headers: {
                    /** @description The operation's address */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: a field of staff's */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `name-taken`, `owned-by-git`: the detail names the owner, `conflict`: the server is being deleted; `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is larger than 512 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is not `application/json` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unprocessable`: an unknown plan, storage class or network, a disk that would shrink, or more than the plan allows */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    actOnServer: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The server's id */
                id: components["schemas"]["ServerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Act"];
            };
        };
        responses: {
            /** @description Accepted: follow the operation */
            202: {
                headers: {
                    /** @description The operation's address */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: only staff may migrate */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: the run policy or the server's state forbids it; `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is larger than 512 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is not `application/json` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unprocessable`: a field that the verb lacks or does not take, or that names nothing */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    handServerOver: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The server's id */
                id: components["schemas"]["ServerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HandOver"];
            };
        };
        responses: {
            /** @description Accepted: follow the operation */
            202: {
                headers: {
                    /** @description The operation's address */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: Git holds nothing of it, or a field of the provider's, or it is being deleted; `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is larger than 512 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is not `application/json` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showServerManifest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The server's id */
                id: components["schemas"]["ServerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A `VirtualServer`, as YAML; applied to the same cluster it changes nothing */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": string;
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found`: no such server, not yours, or deleted */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showServerPlan: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The server's id */
                id: components["schemas"]["ServerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now; nothing is written */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerPlanned"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: Kubernetes does not have the server yet, or not any more */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    purgeServer: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The server's id */
                id: components["schemas"]["ServerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PurgeServer"];
            };
        };
        responses: {
            /** @description Accepted: follow the operation */
            202: {
                headers: {
                    /** @description The operation's address */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `protected`: `confirm` is not its name, `conflict`: it is not deleted, is being purged already, its machine is gone, or it was suspended; `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is larger than 512 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is not `application/json` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resumeServer: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The server's id */
                id: components["schemas"]["ServerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted: follow the operation */
            202: {
                headers: {
                    /** @description The operation's address */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `owned-by-git`, `conflict`: the server is not suspended, or is being deleted; `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    suspendServer: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The server's id */
                id: components["schemas"]["ServerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SuspendServer"];
            };
        };
        responses: {
            /** @description Accepted: follow the operation */
            202: {
                headers: {
                    /** @description The operation's address */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `owned-by-git`, `conflict`: the server is being deleted; `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is larger than 512 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is not `application/json` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    undeleteServer: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The server's id */
                id: components["schemas"]["ServerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted: follow the operation */
            202: {
                headers: {
                    /** @description The operation's address */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: it is not deleted, its machine is gone or being purged, or it was suspended; `name-taken`; `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSites: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them, by name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Items_Site"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showSite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The site's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The site */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SiteDetail"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acknowledgeSite: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The site's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcknowledgeSite"];
            };
        };
        responses: {
            /** @description Accepted: `acknowledgement` says whether the site knows */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SiteDetail"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: the site is not stopped by that; `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is larger than 512 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is not `application/json` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    adoptMachine: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The site's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AdoptMachine"];
            };
        };
        responses: {
            /** @description Accepted: follow the operation */
            202: {
                headers: {
                    /** @description The operation's address */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found`: no such site or account */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: the machine cannot be adopted, and why; `name-taken`; `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is larger than 512 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is not `application/json` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unprocessable`: an unknown image */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAdoptable: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description 1 to 200; 50 when not given. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The site's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Adoptable"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUsers: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description 1 to 200; 50 when not given. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_User"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateUser"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `name-taken`: the email is in use; `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is larger than 512 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is not `application/json` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unprocessable`: no valid email, name or password */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The user's id */
                id: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Not changed since the `If-None-Match` you sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The user's id */
                id: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateUser"];
            };
        };
        responses: {
            /** @description Changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: you cannot disable or demote yourself; `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is larger than 512 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid-request`: the body is not `application/json` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unprocessable` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createSetPasswordLink: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeats with the same key and request get the first answer and have no second effect. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The user's id */
                id: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SetPasswordLink"];
                };
            };
            /** @description `invalid-request`: unknown or malformed fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: no, an expired or a forged token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: staff only */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: the user is disabled; `idempotency-mismatch`: the key came with another request before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: wait as long as `Retry-After` says */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
