@echo off
rem labferry @VERSION@. Runs from this folder; nothing else of it is installed.
setlocal DisableDelayedExpansion
set "DENO_NO_UPDATE_CHECK=1"
set "LABFERRY_EXECUTABLE=%~f0"
rem Of this account alone: what is kept there is run.
if defined LOCALAPPDATA (set "DENO_DIR=%LOCALAPPDATA%\labferry\deno") else (set "DENO_DIR=%TEMP%\labferry-deno")
"%~dp0deno.exe" run --no-config --no-lock --no-remote --no-npm @FLAGS@ "%~dp0program\main.js" %*
exit /b %ERRORLEVEL%
