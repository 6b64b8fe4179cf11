// Nothing of it is in the module.
#if !hasFeature(Embedded)
    internal import Crypto
    package import Linux
    package import TwostepCore

    /// What a look at one record gave.
    package struct InspectedRecord<Answer> {
        package let uid: UInt32
        /// Whether the index names the uid; false also where there is no index to ask.
        package let isInIndex: Bool
        package let answer: Result<Answer, StoreError>
    }

    /// Looking through a store: for the tool; no login does any of it. Nothing is locked or changed.
    extension OpenStore {
        /// What is wrong with marker and index, each by itself.
        package func inspectFiles() -> [StoreError] {
            var troubles: [StoreError] = []
            do throws(StoreError) { _ = try storeID() } catch { return [error] }
            do throws(StoreError) { _ = try enrolledUIDs() } catch { troubles.append(error) }
            return troubles
        }

        /// Looks at every record, of who is in the index and of who has a file.
        ///
        /// - Parameters:
        ///   - accountOf: the account of a uid; of who has none nothing is read.
        ///   - body: what to take from a record, and how whole its file is.
        package func inspectRecords<Answer>(
            accountOf: (UInt32) -> Account?, _ body: (borrowing Record, RecordHealth) -> Answer
        ) throws(StoreError) -> [InspectedRecord<Answer?>] {
            var indexed: [UInt32] = []
            do throws(StoreError) { indexed = try enrolledUIDs() } catch {}
            let files = try fileNames().compactMap { RecordFile.uid(named: $0) }
            var found: [InspectedRecord<Answer?>] = []
            for uid in Set(indexed).union(files).sorted() {
                let answer = inspect(accountOf(uid), body)
                found.append(InspectedRecord(uid: uid, isInIndex: indexed.contains(uid), answer: answer))
            }
            return found
        }

        /// The uids that may have a record, ascending: of who is in the index and of who has a file.
        package func recordUIDs() throws(StoreError) -> [UInt32] {
            Set(try enrolledUIDs()).union(try fileNames().compactMap { RecordFile.uid(named: $0) }).sorted()
        }

        private func inspect<Answer>(
            _ account: Account?, _ body: (borrowing Record, RecordHealth) -> Answer
        ) -> Result<Answer?, StoreError> {
            guard let account else { return .success(nil) }
            do throws(StoreError) {
                guard let file = try RecordFile.open(account, in: users, .read) else {
                    throw StoreError(.recordMissing)
                }
                let loaded = try LoadedRecord.read(file, account, in: self)
                return .success(body(loaded.record, loaded.state.health))
            } catch {
                return .failure(error)
            }
        }

        /// How many records of nobody are missing, or cannot be used.
        package func missingDecoys() -> Int {
            var missing = 0
            for index in 0..<Decoys.count {
                let account = Decoys.account(index)
                do throws(StoreError) {
                    guard let file = try RecordFile.open(account, in: users, .read) else {
                        throw StoreError(.recordMissing)
                    }
                    _ = try LoadedRecord.read(file, account, in: self)
                } catch {
                    missing += 1
                }
            }
            return missing
        }

        /// Files among the records that are no records, nor what a killed run leaves.
        package func strays() throws(StoreError) -> [[UInt8]] {
            try fileNames().filter { name in
                !Decoys.isName(name) && RecordFile.uid(named: name) == nil && !name.starts(with: [UInt8](text: ".new-"))
            }
        }

        private func fileNames() throws(StoreError) -> [[UInt8]] {
            do throws(SystemError) { return try users.names() } catch {
                throw StoreError(.storeUnreadable, cause: error.name)
            }
        }

        /// The file system in which the records lie.
        ///
        /// - Parameter trying: whether a file without a name may be written there.
        package func fileSystem(trying: Bool) throws(StoreError) -> FileSystem {
            do throws(SystemError) { return try FileSystem.look(at: users, trying: trying) } catch {
                throw StoreError(.storeUnreadable, cause: error.name)
            }
        }
    }
#endif
